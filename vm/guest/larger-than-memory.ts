/**
 * Fills a shelf with more than the machine has memory for, changes a part of it in a transaction, opens it again and reads
 * all of it. Its arguments are a path and MiB; tells what it found, and the most memory that cannot be written back and
 * dropped, the process's own.
 */
import { readFileSync } from "node:fs";
import { totalmem } from "node:os";
import { openShelf } from "@nodemm/shelf";

const mebibyte = 2 ** 20;
const partMiB = 64;
const pieceBytes = mebibyte;
const [path, sizeMiB] = process.argv.slice(2);
const parts = Math.floor(Number(sizeMiB) / partMiB);

let anonymousBytes = 0;
function look(): void {
  const found = /^RssAnon:\s*(\d+) kB$/mu.exec(readFileSync("/proc/self/status", "utf8"));
  anonymousBytes = Math.max(anonymousBytes, Number(found?.[1]) * 1024);
}

{
  // Room for the undo log of one part, and for the catalog.
  using shelf = openShelf<Record<string, Uint8Array>>(path, { size: `${(parts + 2) * partMiB} MiB` });
  // Its pages are never touched, so they take no memory.
  const zeros = new Uint8Array(partMiB * mebibyte);
  for (let part = 0; part < parts; part++) {
    const name = `part ${part}`;
    shelf.set(name, zeros);
    const bytes = shelf.get(name)!;
    for (let at = 0; at < bytes.length; at += pieceBytes) bytes.fill(part + 1, at, at + pieceBytes);
    shelf.persist(name);
    look();
  }
  const changed = shelf.get("part 0")!;
  shelf.transaction(() => {
    shelf.snapshot("part 0");
    changed.fill(200);
  });
  look();
}
using shelf = openShelf<Record<string, Uint8Array>>(path);
let wrong = 0;
for (let part = 0; part < parts; part++) {
  const expected = Buffer.alloc(pieceBytes, part === 0 ? 200 : part + 1);
  const bytes = shelf.get(`part ${part}`)!;
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    if (expected.compare(bytes, at, at + pieceBytes) !== 0) wrong++;
  }
  look();
}
const { ok, findings } = shelf.check();
const dataBytes = parts * partMiB * mebibyte;
process.stdout.write(JSON.stringify({ memoryBytes: totalmem(), dataBytes, anonymousBytes, wrong, ok, findings }));
