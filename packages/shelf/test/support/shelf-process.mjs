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
  sum: (name) => bytesOf(name).reduce((sum, each) => sum + each),
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
    const first = (shelf.get("count") ?? 0) + 1;
    for (let count = first; ; count++) {
      shelf.transaction(() => {
        shelf.set("count", count).set("array", new Uint8Array(1000 + (count % 7) * 1000).fill(count % 251));
        if (shelf.has("in place")) {
          shelf.snapshot("in place");
          shelf.get("in place").fill(count % 251);
        }
      });
      if (restMilliseconds > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, restMilliseconds);
      if (count === first) process.stdout.write("churning\n");
    }
  },
  /** Looks at what `churn` does, in processes that come and go, until there is `end`; tells what was none of its commits. */
  watch() {
    const seen = { looks: 0, refreshed: 0, consistent: 0, last: 0, problem: "" };
    while (!reader.has("end") && seen.problem === "") {
      if (reader.refresh()) seen.refreshed++;
      seen.problem = problemOf(seen.last);
      if (seen.looks++ % 4 === 0) seen.consistent += lookBetween(seen);
      seen.last = Number(reader.get("count") ?? 0);
      // Others must get to work, too.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
    return seen;
  },
};

/**
 * @param {string} name
 * @returns {Uint8Array}
 */
function bytesOf(name) {
  const value = reader.get(name);
  if (value instanceof Uint8Array) return value;
  throw new Error(`${name} is no array`);
}

/** @param {number} last the count that was seen before */
function problemOf(last) {
  const count = Number(reader.get("count") ?? 0);
  const array = reader.get("array");
  if (count < last) return `${count} was seen after ${last}`;
  if (count === 0) return "";
  if (!(array instanceof Uint8Array) || array.length !== 1000 + (count % 7) * 1000) return `no array of ${count}`;
  return array.every((each) => each === count % 251) ? "" : `the array is not all of ${count}`;
}

/**
 * What is changed in place, between transactions: 1 if it could be seen.
 * @param {{ problem: string }} seen
 */
function lookBetween(seen) {
  try {
    // What an attempt saw that a transaction came into is thrown away.
    seen.problem ||= reader.consistent(() => {
      const count = Number(reader.get("count") ?? 0);
      const bytes = reader.get("in place");
      const isWhole = bytes instanceof Uint8Array && bytes.every((each) => each === count % 251);
      return isWhole ? "" : `what is in place is not all of ${count}`;
    });
    return 1;
  } catch (error) {
    // The writer never rests.
    if (error instanceof Error && "code" in error && error.code === "ERR_SHELF_BUSY") return 0;
    throw error;
  }
}

process.stdout.write("open\n");
for await (const line of createInterface({ input: process.stdin })) {
  const [deed, ...args] = JSON.parse(line);
  process.stdout.write(`${JSON.stringify(deeds[deed](...args)) ?? "null"}\n`);
}
