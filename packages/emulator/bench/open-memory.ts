/** Opening a memory that is kept, beside a file of the same size on tmpfs. What a shelf on it gains stands in shelf/bench. */

import { join } from "node:path";
import { rmSync } from "node:fs";

import { type Contender, type Medium, secondsOf, type Workload } from "@nodemm/bench";
import { memfd } from "@nodemm/emulator";
import { mapFile, type MappedFile } from "@nodemm/pmem-native";

const SIZE = 2 ** 26;
const ROUNDS = 50;

export function openMemoryWorkload(tmpfs: Medium): Workload {
  const name = `bench-open-${process.pid}`;
  const path = join(tmpfs.directory, "open");
  let keeper = 0;
  return {
    id: "open-memory",
    title: "open 64 MiB that are there, and close",
    unit: "µs",
    better: "lower",
    directory: tmpfs.directory,
    ours: contender(
      "memfd",
      () => {
        const region = memfd({ name, size: SIZE });
        keeper = region.keeperProcessId;
        return region;
      },
      () => void process.kill(keeper),
    ),
    peers: [
      contender(
        "a file on tmpfs",
        () => mapFile(path, { mode: "open-or-create", size: SIZE }),
        () => rmSync(path),
      ),
    ],
  };
}

function contender(name: string, open: () => MappedFile, stop: () => void): Contender {
  return {
    name,
    start() {
      open().close();
      return {
        durability: "process-exit",
        sample() {
          const seconds = secondsOf(() => {
            for (let round = 0; round < ROUNDS; round++) open().close();
          });
          return (seconds * 1e6) / ROUNDS;
        },
        stop,
      };
    },
  };
}
