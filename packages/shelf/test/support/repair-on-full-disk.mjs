// On the small disk at the argument, repairs a shelf when nothing more can be written, and again when there is room.
import { closeSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { openShelf, repairShelf } from "@nodemm/shelf";

const [folder] = process.argv.slice(2);
const path = join(folder, "test.shelf");
openShelf(path, { size: 128 * 1024 }).close();
const damaged = readFileSync(path);
damaged[40] ^= 1;
writeFileSync(path, damaged);

const other = join(folder, "other");
const file = openSync(other, "w");
codeOf(() => {
  for (;;) writeSync(file, new Uint8Array(4096));
});
closeSync(file);
const full = codeOf(() => repairShelf(path));
report({ full, untouched: readFileSync(path).equals(damaged), files: readdirSync(folder).sort() });
rmSync(other);
report({ repairs: repairShelf(path).repairs.length, ok: repairShelf(path).before.findings.length === 0 });

/**
 * @param {() => unknown} work
 */
function codeOf(work) {
  try {
    work();
    return undefined;
  } catch (error) {
    return error instanceof Error && "code" in error ? error.code : String(error);
  }
}

/**
 * @param {object} facts
 */
function report(facts) {
  process.stdout.write(`${JSON.stringify(facts)}\n`);
}
