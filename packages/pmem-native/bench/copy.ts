/** A checkpoint at its simplest: one large array, copied and persisted over and over into the same place. */

import { closeSync, fdatasyncSync, openSync, unlinkSync, writeSync } from "node:fs";
import { freemem } from "node:os";
import { join } from "node:path";

import { type Contender, cPeer, type Medium, type Peer, pythonPeer, secondsOf, type Workload } from "@nodemm/bench";

import { describeDurability, libpmemEnvironment, mapOn, mappedPath, removeMapped } from "./region.ts";

/** Four sources, three files on a medium that may be memory, and some air. */
const SHARES_OF_MEMORY = 10;
/** Time, where nine tenths of the best bandwidth must be reached. */
const BAR_OF_BEST_STORE = 1 / 0.9;

export function copyWorkload(medium: Medium): Workload {
  const bytes = freemem() > SHARES_OF_MEMORY * 2 ** 30 ? 2 ** 30 : 2 ** 27;
  const title = bytes === 2 ** 30 ? "1 GiB" : "128 MiB (too little memory for 1 GiB)";
  const fast = medium.id === "dev-shm";
  const argumentsFor = (path: string): readonly string[] => [path, String(bytes), medium.survives];
  const libpmem = (name: string, verb: string, bar: number): Peer =>
    cPeer({
      name,
      source: new URL("../peers/copy.c", import.meta.url),
      libraries: ["pmem"],
      needs: "libpmem-dev",
      arguments: () => [...argumentsFor(mappedPath(medium)), verb],
      environment: libpmemEnvironment(medium),
      ...(fast && { bar }),
    });
  return {
    id: `copy-1gib.${medium.id}`,
    title: `copy ${title} and persist it`,
    unit: "ms",
    better: "lower",
    directory: medium.directory,
    samples: fast ? 7 : 3,
    ours: ours(medium, bytes),
    peers: [
      libpmem("libpmem in C", "copy", 1),
      // The fastest way to store so many bytes at all: it reads no source.
      ...(fast ? [libpmem("libpmem in C, fill", "fill", BAR_OF_BEST_STORE)] : []),
      pythonPeer({
        name: "numpy.memmap",
        source: new URL("../peers/copy.py", import.meta.url),
        module: "numpy",
        needs: "python3-numpy",
        arguments: () => argumentsFor(join(medium.directory, "memmap")),
      }),
      fileSystem(medium, bytes),
    ],
  };
}

function ours(medium: Medium, bytes: number): Contender {
  return {
    name: "pmem-native",
    start() {
      const region = mapOn(medium, bytes);
      const source = new Uint8Array(bytes).fill(7);
      const copy = (): void => {
        region.copy(0, source);
        region.drain();
      };
      return {
        durability: describeDurability(region),
        sample: () => secondsOf(copy) * 1e3,
        stop: () => removeMapped(region),
      };
    },
  };
}

function fileSystem(medium: Medium, bytes: number): Peer {
  return {
    name: "fs.write + fdatasync",
    start() {
      const path = join(medium.directory, "file");
      const file = openSync(path, "w+");
      const source = new Uint8Array(bytes).fill(7);
      const write = (): void => {
        for (let done = 0; done < bytes;) done += writeSync(file, source, done, bytes - done, done);
        fdatasyncSync(file);
      };
      return {
        durability: `${medium.survives} (fdatasync)`,
        sample: () => secondsOf(write) * 1e3,
        stop: () => {
          closeSync(file);
          unlinkSync(path);
        },
      };
    },
  };
}
