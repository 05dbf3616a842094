// A process of its own that has a shelf open, and does as it is told on its standard input, a line of JSON each.
import { createInterface } from "node:readline";
import { openReader, openShelf } from "../../dist/index.js";

/** @typedef {import("../../dist/index.js").Shelf<Record<string, any>>} Shelf */
/** @typedef {import("../../dist/index.js").ShelfReader} Reader */

const [, , role, path] = process.argv;
const opened = role === "reader" ? openReader(path) : openShelf(path);
// Told what its role can do, and nothing else.
const shelf = /** @type {Shelf} */ (opened);
const reader = /** @type {Reader} */ (opened);

/** @type {Record<string, (...args: any[]) => unknown>} */
const deeds = {
  get: (name) => shelf.get(name),
  fill: (name, length, byte) => void shelf.set(name, new Uint8Array(length).fill(byte)),
  delete: (name) => shelf.delete(name),
  refresh: () => reader.refresh(),
  /** Changes bytes in a transaction, and stays in it: for a kill. */
  hang(name, byte) {
    shelf.transaction(() => {
      shelf.snapshot(name);
      shelf.get(name).fill(byte);
      process.stdout.write("hanging\n");
      for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
    });
  },
  /** Sets for ever, resting between: `count`, and an array that is full of it. */
  churn(restMilliseconds = 0) {
    for (let count = 1; ; count++) {
      shelf.transaction(() => {
        shelf.set("count", count).set("array", new Uint8Array(1000 + (count % 7) * 1000).fill(count % 251));
        if (shelf.has("in place")) {
          shelf.snapshot("in place");
          shelf.get("in place").fill(count % 251);
        }
      });
      if (restMilliseconds > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, restMilliseconds);
      if (count === 1) process.stdout.write("churning\n");
    }
  },
};
process.stdout.write("open\n");
for await (const line of createInterface({ input: process.stdin })) {
  const [deed, ...args] = JSON.parse(line);
  process.stdout.write(`${JSON.stringify(deeds[deed](...args)) ?? "null"}\n`);
}
