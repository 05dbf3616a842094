// Workers open files and views and are terminated or end by themselves at different moments, over and over.
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { isMainThread, Worker, workerData } from "node:worker_threads";
import { mapFile } from "@nodemm/pmem-native";
import { report } from "./report.mjs";

const rounds = 12;

if (isMainThread) {
  const path = process.argv[2];
  for (let round = 0; round < rounds; round++) {
    const worker = new Worker(new URL(import.meta.url), { workerData: { path, round } });
    const ended = once(worker, "exit");
    if (round % 3 !== 0) {
      await sleep(round * 6);
      await worker.terminate();
    }
    await ended;
  }
  let reopened = false;
  for (let round = 0; round < rounds; round++) {
    const region = mapFile(`${path}-${round}`, { mode: "open-or-create", size: 4096 });
    region.close();
    reopened = region.closed;
  }
  report({ rounds, reopened });
} else {
  const { path, round } = workerData;
  const region = mapFile(`${path}-${round}`, { mode: "open-or-create", size: 1 << 20 });
  const views = [];
  for (let index = 0; index < 2000; index++) {
    const view = new Uint8Array(region.view(index * 64, 128));
    view[0] = index;
    if (index % 3 === 0) views.push(view);
    region.persist(index * 64, 64);
    if (index % 100 === 0) await sleep(0);
  }
  process.once("exit", () => views.push(new Uint8Array(region.view(0, 1))));
}
