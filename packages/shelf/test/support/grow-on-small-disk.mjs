// On the disk of 1 MiB at the argument, of which another file leaves less than a quarter of a shelf's size, has a shelf and a
// space for scratch values grow by themselves.
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openScratch, openShelf } from "@nodemm/shelf";

const [folder] = process.argv.slice(2);
const other = join(folder, "other");
const path = join(folder, "test.shelf");

const shelf = openShelf(path, { size: 512 * 1024, grow: "auto" });
shelf.set("x", new Uint8Array(400_000));
writeFileSync(other, new Uint8Array(400 * 1024));
shelf.set("y", new Uint8Array(120_000).fill(5));
const bytes = shelf.get("y");
report({ kept: bytes instanceof Uint8Array && bytes.every((byte) => byte === 5), size: shelf.usage().size });
shelf.close();
rmSync(path);

const scratch = openScratch(folder, { size: 512 * 1024 });
scratch.make(new Uint8Array(512 * 1024));
report({ length: scratch.make(new Uint8Array(80_000)).value.length, size: scratch.size });
scratch.close();

/**
 * @param {object} facts
 */
function report(facts) {
  process.stdout.write(`${JSON.stringify(facts)}\n`);
}
