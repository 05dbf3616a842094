// Writes the fixture of the present format, to be committed once, with the release that has it, and never changed:
//   node test/compat/make-fixture.mjs format-1
import { readFileSync, writeFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { list, openShelf } from "../../dist/index.js";

const [, , name] = process.argv;
const folder = mkdtempSync(join(tmpdir(), "nodemm-fixture-"));
const path = join(folder, "fixture.shelf");
const shelf = openShelf(path, { size: "64 KiB" });
shelf
  .set("number", 0.5)
  .set("text", "Grüße, 世界")
  .set("floats", new Float64Array([1.5, -2, Infinity]));
shelf.set("plain", { list: [1, null, true], when: new Date(5), big: 2n ** 80n });
shelf.set("replaced", 1).set("replaced", 2).set("erased", 1).delete("erased");
shelf.set("old name", 3).rename("old name", "ü");
shelf.set("queue", list([1, "two", new Uint8Array([3])]));
shelf.set("a", "was b").set("b", "was a").swap("a", "b");
shelf.set("sealed", new Uint8Array(100).fill(7)).seal("sealed");
const bytes = /** @type {Uint8Array} */ (shelf.set("changed", new Uint8Array(200)).get("changed"));
const image = shelf.transaction(() => {
  shelf.snapshot("changed");
  bytes.fill(9);
  // As a kill leaves it: there is something to roll back.
  return readFileSync(path);
});
shelf.close();
rmSync(folder, { recursive: true });
const gzip = gzipSync(image, { level: 9 }).toString("base64");
writeFileSync(
  new URL(`${name}.json`, import.meta.url),
  `${JSON.stringify({ name, gzip: gzip.match(/.{1,100}/gu) }, undefined, 2)}\n`,
);
