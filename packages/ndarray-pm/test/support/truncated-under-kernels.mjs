// A shelf's file is truncated by another thread while kernels run over arrays on it; prints what happened.
import { setImmediate } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { activeKernels, ndarrayCodec, ones } from "@nodemm/ndarray-pm";
import { openShelf } from "@nodemm/shelf";

const path = process.argv[2];
const count = 4_000_000;
/** @typedef {import("@nodemm/ndarray-pm").NDArray<"float64">} Doubles */
/** @type {import("@nodemm/shelf").Shelf<Record<string, Doubles>>} */
const shelf = openShelf(path, { size: "128 MiB", types: [ndarrayCodec] });
shelf.set("x", ones([count]));
shelf.set("y", ones([count]));
const [x, y] = ["x", "y"].map((name) => /** @type {Doubles} */ (shelf.get(name)));
const before = x.sum();
const cut = "import('node:fs').then(({ truncateSync }) => setTimeout(() => truncateSync(PATH, 4096), 20))";
const cutter = new Worker(cut.replace("PATH", JSON.stringify(path)), { eval: true });
let outcome = { code: "never noticed" };
let rounds = 0;
for (const end = Date.now() + 20_000; Date.now() < end && outcome.code === "never noticed";) {
  rounds++;
  // Where pages are gone, zeros are read, and stores go nowhere.
  const sums = [x.sum(), x.add(y).sum(), x.T.multiply(y).max()];
  x.nonatomic.iadd(0);
  if (sums[0] === before) continue;
  try {
    x.iadd(1);
  } catch (error) {
    outcome = { code: /** @type {NodeJS.ErrnoException} */ (error).code ?? "none" };
  }
  await setImmediate();
}
console.log(JSON.stringify({ kernels: activeKernels(), before, outcome, ran: rounds > 0 }));
await cutter.terminate();
process.exit(0);
