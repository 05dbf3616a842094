// A shelf's file is truncated by another thread while kernels run over arrays on it; prints what happened.
import { Worker } from "node:worker_threads";
import { activeKernels, ndarrayCodec, ones } from "@nodemm/ndarray-pm";
import { openShelf } from "@nodemm/shelf";

const path = process.argv[2];
const count = 4_000_000;
const shelf = openShelf(path, { size: "128 MiB", types: [ndarrayCodec] });
shelf.set("x", ones([count]));
shelf.set("y", ones([count]));
const [x, y] = ["x", "y"].map((name) => shelf.get(name));
const before = x.sum();
const cut = "import('node:fs').then(({ truncateSync }) => setTimeout(() => truncateSync(PATH, 4096), 20))";
new Worker(cut.replace("PATH", JSON.stringify(path)), { eval: true });
let outcome = "never noticed";
let rounds = 0;
for (const end = Date.now() + 20_000; Date.now() < end && outcome === "never noticed";) {
  rounds++;
  // Where pages are gone, zeros are read, and stores go nowhere.
  const sums = [x.sum(), x.add(y).sum(), x.T.multiply(y).max()];
  x.nonatomic.iadd(0);
  if (sums[0] === before) continue;
  try {
    x.iadd(1);
  } catch (error) {
    outcome = { code: error.code, cause: error.cause?.code };
  }
  await new Promise((resolve) => setImmediate(resolve));
}
console.log(JSON.stringify({ kernels: activeKernels(), before, outcome, ran: rounds > 0 }));
process.exit(0);
