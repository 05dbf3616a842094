/** Loading a state dict without a copy. */

import { closeSync, fstatSync, openSync, readSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { type Medium, secondsOf, type Workload } from "@nodemm/bench";
import { load, save } from "@nodemm/tensor-pm";

import { bytesOf, makeState, openStateShelf, type StateSize } from "./state.ts";

export function loadWorkload(medium: Medium, size: StateSize): Workload {
  return {
    id: `load-${size.id}.${medium.id}`,
    title: `load a state dict of ${size.title}`,
    unit: "ms",
    better: "lower",
    directory: medium.directory,
    goal: 2,
    ours: {
      name: "load",
      start(context) {
        const shelf = openStateShelf(medium, `load-${size.id}`, bytesOf(size, context));
        save(shelf, "run", makeState(size, context));
        return {
          durability: "read only",
          sample: () => 1e3 * secondsOf(() => load(shelf, "run")),
          stop: () => {
            shelf.close();
            rmSync(shelf.source);
          },
        };
      },
    },
    peers: [
      {
        name: "fs.readSync",
        start(context) {
          const path = join(medium.directory, `load-${size.id}`);
          writeFileSync(path, new Uint8Array(bytesOf(size, context)).fill(7));
          return {
            durability: "read only",
            sample: () => 1e3 * secondsOf(() => readWhole(path)),
            stop: () => rmSync(path),
          };
        },
      },
    ],
  };
}

/** Not readFileSync, which refuses 2 GiB and more. */
function readWhole(path: string): Uint8Array {
  const file = openSync(path, "r");
  const bytes = new Uint8Array(fstatSync(file).size);
  for (let at = 0; at < bytes.length;) at += readSync(file, bytes, at, bytes.length - at, at);
  closeSync(file);
  return bytes;
}
