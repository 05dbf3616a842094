/**
 * One small durable write after the other, at random places: what an index or a counter table does. All that map the
 * file say so before they fill it, because a disk's file system writes back as much as it brought in at once.
 */

import { closeSync, fdatasyncSync, ftruncateSync, openSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";

import {
  type Contender,
  cPeer,
  type Medium,
  type Peer,
  pythonPeer,
  type RunContext,
  secondsOf,
  type Workload,
} from "@nodemm/bench";

import { describeDurability, libpmemEnvironment, mapOn, mappedPath, removeMapped } from "./region.ts";

const FILE_BYTES = 256 * 2 ** 20;
const WRITE_BYTES = 64;
const WRITE_DOUBLES = WRITE_BYTES / Float64Array.BYTES_PER_ELEMENT;
const LINES = FILE_BYTES / WRITE_BYTES;

export function persistRandomWorkload(medium: Medium): Workload {
  const fast = medium.id === "dev-shm";
  /** Writes a sample: a sync of a disk costs a thousand times a flush. */
  const writesOf = ({ quick }: RunContext): number => (fast ? 200_000 : 200) / (quick ? 4 : 1);
  const argumentsFor =
    (path: string) =>
    (context: RunContext): readonly string[] => [path, String(FILE_BYTES), String(writesOf(context)), medium.survives];
  return {
    id: `persist-64b.${medium.id}`,
    title: "write 64 B at random places of 256 MiB, persist each",
    unit: "ns",
    better: "lower",
    directory: medium.directory,
    ours: ours(medium, writesOf),
    peers: [
      cPeer({
        name: "libpmem in C",
        source: new URL("../peers/persist_random.c", import.meta.url),
        libraries: ["pmem"],
        needs: "libpmem-dev",
        arguments: argumentsFor(mappedPath(medium)),
        environment: libpmemEnvironment(medium),
        ...(fast && { bar: 1.25 }),
      }),
      pythonPeer({
        name: "numpy.memmap",
        source: new URL("../peers/persist_random.py", import.meta.url),
        module: "numpy",
        needs: "python3-numpy",
        arguments: argumentsFor(join(medium.directory, "memmap")),
      }),
      fileSystem(medium, writesOf),
    ],
  };
}

function ours(medium: Medium, writesOf: (context: RunContext) => number): Contender {
  return {
    name: "pmem-native",
    start(context) {
      const region = mapOn(medium, FILE_BYTES, "random");
      const data = new Float64Array(region.view(0, FILE_BYTES));
      const writes = writesOf(context);
      let random = 1;
      const write = (): void => {
        for (let index = 0; index < writes; index++) {
          random = xorshift(random);
          const line = (random >>> 0) % LINES;
          const start = line * WRITE_DOUBLES;
          for (let double = 0; double < WRITE_DOUBLES; double++) data[start + double] = index;
          region.persist(line * WRITE_BYTES, WRITE_BYTES);
        }
      };
      return {
        durability: describeDurability(region),
        sample: () => (secondsOf(write) * 1e9) / writes,
        stop: () => removeMapped(region),
      };
    },
  };
}

function fileSystem(medium: Medium, writesOf: (context: RunContext) => number): Peer {
  return {
    name: "fs.write + fdatasync",
    start(context) {
      const path = join(medium.directory, "file");
      const file = openSync(path, "w+");
      ftruncateSync(file, FILE_BYTES);
      writeSync(file, new Uint8Array(FILE_BYTES));
      fdatasyncSync(file);
      const data = new Float64Array(WRITE_DOUBLES);
      const writes = writesOf(context);
      let random = 1;
      const write = (): void => {
        for (let index = 0; index < writes; index++) {
          random = xorshift(random);
          data.fill(index);
          writeSync(file, data, 0, WRITE_BYTES, ((random >>> 0) % LINES) * WRITE_BYTES);
          fdatasyncSync(file);
        }
      };
      return {
        durability: `${medium.survives} (fdatasync)`,
        sample: () => (secondsOf(write) * 1e9) / writes,
        stop: () => {
          closeSync(file);
          unlinkSync(path);
        },
      };
    },
  };
}

/** xorshift32, as in the other contenders: all write to the same places. */
function xorshift(state: number): number {
  state ^= state << 13;
  state ^= state >>> 17;
  return state ^ (state << 5);
}
