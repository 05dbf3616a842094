// Works on an array of more than 2^32 elements, on a sparse file, and prints what it found as JSON. Run with Node 22 or newer.
import { readFileSync } from "node:fs";
import { openShelf } from "@nodemm/shelf";
import { add, arange, empty, greater, load, ndarrayCodec, save } from "../../dist/index.js";

const [path, file] = process.argv.slice(2);
const size = 2 ** 32 + 2 ** 26;
const edge = 2 ** 32;
const types = [ndarrayCodec];
/** @type {Record<string, unknown>} */
const results = {};

/** @type {import("@nodemm/shelf").Shelf<Record<string, any>>} */
let shelf = openShelf(path, { size: size + 2 ** 28, types });
shelf.set("x", empty(size, "uint8"));
/** @type {import("../../dist/index.js").NDArray<any>} */
let x = shelf.get("x");
results.size = x.size - edge;

x.set(edge + 5, 7);
x.set(-1, 9);
x.persist(edge + 5, 1);
x.persist(size - 1, 1);
results.elements = [x.get(edge + 5), x.get(size - 1), x.get(-1), x.get(edge + 4)];

const across = x.slice([edge - 1000, edge + 1000]);
across.fill(3);
across.iadd(arange(0, 2000, 1, "int32").remainder(4).astype("uint8"));
results.across = [across.sum(), across.max(), across.argmax(), x.get(edge + 999), greater(across, 5).sum()].map(Number);

try {
  shelf.transaction(() => {
    x.slice([edge - 10, null]).fill(200);
    throw new Error("undone");
  });
} catch (error) {
  results.undone = [error instanceof Error && error.message, x.get(edge - 10), x.get(edge + 5), x.get(-1)];
}

// One element of each 4 MiB, over the whole length.
const sparse = x.slice(`::${2 ** 22}`);
sparse.fill(1);
results.sparse = [sparse.size, Number(sparse.sum()), add(sparse, sparse).max(), x.get(edge), x.get(edge + 1)];
results.reversed = x.slice("::-1").slice([0, 3]).toArray();

const grid = x.reshape(-1, 2 ** 16);
grid.slice(-1).fill(5);
results.grid = [grid.shape, grid.get(-1, 0), Number(grid.T.slice(0, "-3:").sum()), grid.get(2 ** 16, 0)];
results.taken = x.select([edge, edge + 2, -1]).toArray();
results.printed = String(x);

save(file, x.slice([edge - 1000, edge + 1000]));
results.saved = Number(load(file).sum());

shelf.close();
shelf = openShelf(path, { types });
x = shelf.get("x");
results.reopened = [x.get(edge), x.get(-1), Number(x.slice([edge - 1000, edge + 1000]).sum())];
shelf.close();

const anonymous = /RssAnon:\s+(\d+) kB/u.exec(readFileSync("/proc/self/status", "utf8"));
results.anonymousMegabytes = Math.round(Number(anonymous?.[1]) / 1024);
process.stdout.write(JSON.stringify(results));
