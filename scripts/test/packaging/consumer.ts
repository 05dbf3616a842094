// A program of somebody who installed the packages: `write` puts values on a shelf, `read` finds them again.
import { openShelf } from "@nodemm/shelf";

const [, , verb, path] = process.argv;
const shelf = openShelf(path, { size: "4 MiB" });
if (verb === "write") {
  shelf.set("answer", 42);
  shelf.set("words", { greeting: "hello", list: [1, 2, 3] });
  shelf.set("bytes", new Uint8Array([1, 2, 3]));
}
const found = [...shelf.keys()].map((name) => [name, shelf.get(name)]);
shelf.close();
process.stdout.write(JSON.stringify(found));
