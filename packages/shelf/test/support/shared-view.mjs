// A variable's bytes posted to a worker thread: changed there, persisted here, and given to nothing else while the worker
// holds them. The shelf is at the first argument. Needs --expose-gc and a Node that has shared views.
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { openShelf } from "@nodemm/shelf";

const [, , path] = process.argv;
const bytes = 400_000;

/** The worker counts up every element, and then holds on to them until it is terminated. */
function count() {
  const counts = new Int32Array(workerData);
  for (let index = 0; index < counts.length; index++) Atomics.add(counts, index, 1);
  parentPort?.postMessage("counted");
  parentPort?.on("message", () => Atomics.add(counts, 0, 1));
}

async function own() {
  const shelf = openShelf(path, { size: "1 MiB" });
  shelf.set("below", new Uint8Array(bytes)).set("counts", new Int32Array(bytes / 4));
  const worker = await post(shelf.sharedView("counts"));
  const counts = /** @type {Int32Array} */ (shelf.get("counts"));
  const counted = counts.every((each) => each === 1);
  shelf.persist("counts");
  shelf.release("counts");

  // Neither moved nor given away.
  const { offset } = shelf.info("counts") ?? {};
  shelf.delete("below");
  shelf.compact();
  const stayed = shelf.info("counts")?.offset === offset;
  shelf.delete("counts");
  const kept = tryToFill(shelf);
  const { ok } = shelf.check();
  await worker.terminate();
  let filled = false;
  for (let turn = 0; turn < 400 && !filled; turn++) {
    globalThis.gc?.();
    await sleep(5);
    filled = tryToFill(shelf) === "filled";
  }
  const clean = ok && shelf.check().ok;
  shelf.close();
  process.stdout.write(`${JSON.stringify({ counted, stayed, kept, filled, clean })}\n`);
}

/** @param {SharedArrayBuffer} view */
async function post(view) {
  const worker = new Worker(new URL(import.meta.url), { workerData: view });
  await once(worker, "message");
  return worker;
}

/** @param {import("@nodemm/shelf").Shelf} shelf */
function tryToFill(shelf) {
  try {
    shelf.set("large", new Uint8Array(2 * bytes));
    return "filled";
  } catch (error) {
    return error instanceof Error && "code" in error ? error.code : error;
  }
}

await (isMainThread ? own() : count());
