// Shared views at their limits: in workers that outlive the region and its environment, collected, and let go of while
// the region is forgotten. Needs --expose-gc and a Node that has them.
import { once } from "node:events";
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { mapFile } from "@nodemm/pmem-native";
import { report } from "./report.mjs";

const here = new URL(import.meta.url);
const length = 1 << 20;

/** @param {() => boolean} done */
async function collectUntil(done) {
  for (let turn = 0; turn < 400 && !done(); turn++) {
    globalThis.gc?.();
    await sleep(5);
  }
  return done();
}

/**
 * A worker that stores into a shared view until it is terminated.
 *
 * @param {SharedArrayBuffer} view
 */
async function holderOf(view) {
  const worker = new Worker(here, { workerData: { role: "hold", view } });
  await once(worker, "message");
  return worker;
}

async function collected() {
  const region = mapFile(`${process.argv[2]}-collected`, { mode: "create", size: length });
  const make = () => void region.sharedView(4096, 4096);
  for (let round = 0; round < 100; round++) make();
  const before = region.isShared(4096, 1);
  const gone = await collectUntil(() => !region.isShared(0, length));
  region.close();
  return { before, gone };
}

async function heldElsewhere() {
  const region = mapFile(`${process.argv[2]}-held`, { mode: "create", size: length });
  const worker = await holderOf(region.sharedView(0, length));
  for (let turn = 0; turn < 20; turn++) {
    globalThis.gc?.();
    await sleep(1);
  }
  const whileHeld = region.isShared(0, 1);
  await worker.terminate();
  const gone = await collectUntil(() => !region.isShared(0, length));
  region.close();
  return { whileHeld, gone };
}

async function closedUnderWorkers() {
  const path = `${process.argv[2]}-closed`;
  const region = mapFile(path, { mode: "create", size: length });
  const view = region.sharedView(0, length);
  const workers = await Promise.all([holderOf(view), holderOf(view)]);
  region.close();
  const again = mapFile(path);
  again.fill(0, length, 5);
  await sleep(50);
  const untouched = new Uint8Array(again.view(0, length)).every((byte) => byte === 5);
  await Promise.all(workers.map((worker) => worker.terminate()));
  again.close();
  return { untouched };
}

async function openerEnded() {
  const path = `${process.argv[2]}-ended`;
  const worker = new Worker(here, { workerData: { role: "open", path } });
  const [view] = await once(worker, "message");
  const bytes = new Uint8Array(view);
  const shared = bytes[7];
  await worker.terminate();
  const zeros = bytes.every((byte) => byte === 0);
  bytes.fill(3);
  const region = mapFile(path);
  const kept = new Uint8Array(region.view(0, length)).every((byte) => byte === 7);
  region.close();
  return { shared, zeros, kept };
}

async function forgotten() {
  const path = `${process.argv[2]}-forgotten`;
  const holder = { view: /** @type {SharedArrayBuffer | undefined} */ (undefined) };
  const forget = () => {
    holder.view = mapFile(path, { mode: "create", size: length }).sharedView(0, length);
  };
  let warned = false;
  process.once("warning", () => (warned = true));
  forget();
  await collectUntil(() => warned);
  const opens = () => {
    try {
      mapFile(path).close();
      return true;
    } catch {
      return false;
    }
  };
  const whileHeld = opens();
  holder.view = undefined;
  return { warned, whileHeld, gone: await collectUntil(opens), left: existsSync(path) };
}

if (isMainThread) {
  report({ collected: await collected() });
  report({ heldElsewhere: await heldElsewhere() });
  report({ closedUnderWorkers: await closedUnderWorkers() });
  report({ openerEnded: await openerEnded() });
  report({ forgotten: await forgotten() });
} else if (workerData.role === "hold") {
  const words = new Int32Array(workerData.view);
  parentPort?.postMessage("holding");
  for (let at = 0; ; at = (at + 1) % words.length) Atomics.add(words, at, 1);
} else {
  const region = mapFile(workerData.path, { mode: "create", size: length });
  region.fill(0, length, 7);
  region.persist(0, length);
  parentPort?.postMessage(region.sharedView(0, length));
  setInterval(() => region.length, 1000);
}
