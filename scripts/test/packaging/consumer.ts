// A program of somebody who installed the packages: `write` puts values on a shelf, `read` finds them again.
import { arange, ndarrayCodec } from "@nodemm/ndarray-pm";
import { openShelf } from "@nodemm/shelf";

const [, , verb, path] = process.argv;
const shelf = openShelf(path, { size: "4 MiB", types: [ndarrayCodec] });
if (verb === "write") {
  shelf.set("answer", 42);
  shelf.set("words", { greeting: "hello", list: [1, 2, 3] });
  shelf.set("bytes", new Uint8Array([1, 2, 3]));
  shelf.set("array", arange(0, 6, 1, "float32").reshape(2, 3));
}
process.stdout.write(JSON.stringify([...shelf.entries()]));
shelf.close();
