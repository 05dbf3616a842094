/**
 * Loading a state dict without a copy, from a shelf that has just been opened: no tensor of it has a handle yet. Programs
 * that serve many models do this over and over; of a program that loads once, the first load of a new process is the
 * figure, in which V8 has compiled nothing yet.
 */

import { execFileSync } from "node:child_process";
import { closeSync, openSync, readSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { type Medium, type RunContext, secondsOf, type Workload } from "@nodemm/bench";
import { openShelf } from "@nodemm/shelf";
import { load, save, tensorTypes } from "@nodemm/tensor-pm";

import { bytesOf, makeState, openStateShelf, type StateSize } from "./state.ts";

export function loadWorkload(medium: Medium, size: StateSize): Workload {
  return {
    id: `load-${size.id}.${medium.id}`,
    title: `load a state dict of ${size.title}`,
    unit: "ms",
    better: "lower",
    directory: medium.directory,
    goal: 2,
    warmups: 20,
    ours: {
      name: "load",
      start(context) {
        const path = makeShelf(medium, size, context, `load-${size.id}`);
        return {
          durability: "read only",
          sample() {
            using shelf = openShelf(path, { types: tensorTypes });
            return 1e3 * secondsOf(() => load(shelf, "run"));
          },
          stop: () => rmSync(path),
        };
      },
    },
    peers: [
      {
        name: "first load of a process",
        start(context) {
          const path = makeShelf(medium, size, context, `first-load-${size.id}`);
          const program = fileURLToPath(new URL("first-load.js", import.meta.url));
          return {
            durability: "read only",
            sample: () => Number(execFileSync(process.execPath, [program, path], { encoding: "utf8" })),
            stop: () => rmSync(path),
          };
        },
      },
      {
        name: "fs.readSync",
        start(context) {
          const path = join(medium.directory, `load-${size.id}`);
          // One for all samples: to collect so much would take a scavenge of another contender 40 ms.
          const bytes = new Uint8Array(bytesOf(size, context)).fill(7);
          writeFileSync(path, bytes);
          return {
            durability: "read only",
            sample: () => 1e3 * secondsOf(() => readWhole(path, bytes)),
            stop: () => rmSync(path),
          };
        },
      },
    ],
  };
}

/** The path of a closed shelf with a checkpoint `run`. */
function makeShelf(medium: Medium, size: StateSize, context: RunContext, name: string): string {
  using shelf = openStateShelf(medium, name, bytesOf(size, context));
  save(shelf, "run", makeState(size, context));
  return shelf.source;
}

/** Not readFileSync, which refuses 2 GiB and more. */
function readWhole(path: string, bytes: Uint8Array): void {
  const file = openSync(path, "r");
  for (let done = 0; done < bytes.length;) done += readSync(file, bytes, done, bytes.length - done, done);
  closeSync(file);
}
