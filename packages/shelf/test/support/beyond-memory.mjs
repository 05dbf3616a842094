// Fills a shelf at the first argument with more than this process may have in memory, changes all of it in transactions,
// and reads it again; tells what it saw and how much memory that took.
import { readFileSync } from "node:fs";
import { openShelf } from "@nodemm/shelf";

const [path, dataMiB] = process.argv.slice(2);
const mebibyte = 2 ** 20;
const partElements = mebibyte;
const parts = Number(dataMiB) / 8;
let anonymousBytes = 0;

/** Memory that the system cannot write back and drop. */
function look() {
  const found = /^RssAnon:\s*(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"));
  anonymousBytes = Math.max(anonymousBytes, Number(found?.[1]) * 1024);
}

/** Whether the limit is in force: nothing as large as the shelf can be had. */
function isLimited() {
  try {
    return new Float64Array(parts * partElements).length === 0;
  } catch (error) {
    return error instanceof RangeError;
  }
}

/** @param {string} name */
function arrayOf(name) {
  const value = shelf.get(name);
  if (!(value instanceof Float64Array)) throw new Error(`${name} is no array of floats`);
  return value;
}

const limited = isLimited();
let shelf = openShelf(path, { size: `${Number(dataMiB) + 64} MiB` });
const source = new Float64Array(partElements);
for (let part = 0; part < parts; part++) {
  shelf.set(`part ${part}`, source.fill(part));
  look();
}
for (let part = 0; part < parts; part++) {
  const name = `part ${part}`;
  const array = arrayOf(name);
  shelf.transaction(() => {
    shelf.snapshot(name);
    for (let index = 0; index < array.length; index++) array[index] += index % 2;
  });
  look();
}
shelf.close();
shelf = openShelf(path);
let sum = 0;
for (let part = 0; part < parts; part++) {
  for (const element of arrayOf(`part ${part}`)) sum += element;
  look();
}
const { ok, findings } = shelf.check({ data: true });
look();
process.stdout.write(`${JSON.stringify({ limited, parts, partElements, sum, ok, findings, anonymousBytes })}\n`);
shelf.close();
