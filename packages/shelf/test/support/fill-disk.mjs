// Asks the small disk at the first argument, whose free bytes are the second, for more than it has.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { openShelf } from "@nodemm/shelf";

const [folder, free] = process.argv.slice(2);
const tooMuch = 2 * Number(free);
const path = join(folder, "test.shelf");

/**
 * @param {() => unknown} work
 */
function refusalOf(work) {
  try {
    work();
    return undefined;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { name: error.name, code: "code" in error ? error.code : undefined, message: error.message };
  }
}

/**
 * @param {object} facts
 */
function report(facts) {
  process.stdout.write(`${JSON.stringify(facts)}\n`);
}

report({ created: refusalOf(() => openShelf(path, { size: tooMuch })), files: readdirSync(folder) });
const shelf = openShelf(path, { size: 128 * 1024 });
shelf.set("x", new Uint8Array(1000).fill(5));
const grown = refusalOf(() => shelf.grow(tooMuch));
const full = refusalOf(() => shelf.set("y", new Uint8Array(200_000)));
shelf.set("z", 1);
const bytes = shelf.get("x");
const intact = bytes instanceof Uint8Array && bytes.every((byte) => byte === 5);
report({ grown, full, intact, names: [...shelf.keys()], size: shelf.usage().size });
shelf.close();
