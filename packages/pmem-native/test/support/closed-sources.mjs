// Copies of the thread pool out of other regions, which are closed before the pool's one thread comes to them.
import { execFileSync } from "node:child_process";
import { closeSync, open, openSync } from "node:fs";
import { setImmediate as turn } from "node:timers/promises";
import { mapMemory } from "@nodemm/pmem-native";
import { report } from "./report.mjs";

const bytes = 4 * 1024 * 1024;
const fifo = process.argv[2];
execFileSync("mkfifo", [fifo]);

/** @typedef {import("@nodemm/pmem-native").MappedFile} MappedFile */

function map() {
  return mapMemory({ size: 3 * bytes, capacity: 3 * bytes });
}

/** @type {Record<string, (target: MappedFile, sources: Uint8Array[]) => Promise<void>>} */
const verbs = {
  copyAsync: async (target, sources) => {
    const copies = sources.map((source, at) => target.copyAsync(at * bytes, source));
    const [first] = await Promise.allSettled(copies);
    if (first.status === "rejected") throw first.reason;
  },
  copyManyAsync: (target, sources) =>
    target.copyManyAsync(sources.map((source, at) => ({ offset: at * bytes, source }))).done,
};
/** @type {Record<string, (region: MappedFile, view: Uint8Array) => void>} */
const endings = {
  closed: (region) => region.close(),
  "released and closed": (region, view) => {
    region.releaseView(/** @type {ArrayBuffer} */ (view.buffer));
    region.close();
  },
};

for (const [verb, copy] of Object.entries(verbs)) {
  for (const [ending, end] of Object.entries(endings)) {
    const target = map();
    const others = [map(), map()];
    const views = others.map((region) => new Uint8Array(region.view(bytes, bytes)).fill(7));
    // The pool's thread waits here for a writer.
    open(fifo, "r", (_, descriptor) => closeSync(descriptor));
    const ended = Promise.allSettled([copy(target, [...views, new Uint8Array(bytes).fill(7)])]);
    for (const [at, region] of others.entries()) end(region, views[at]);
    for (let round = 0; round < 3; round++) {
      await turn();
      globalThis.gc?.();
    }
    closeSync(openSync(fifo, "w"));
    const [result] = await ended;
    const outcome = result.status === "rejected" ? /** @type {Error} */ (result.reason).name : result.status;
    const last = new Uint8Array(target.view(2 * bytes, bytes));
    report({ verb, ending, outcome, othersCopied: last.every((byte) => byte === 7) });
    target.close();
  }
}
