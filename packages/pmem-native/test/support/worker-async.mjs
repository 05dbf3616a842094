// Starts operations on the thread pool, with "closes" closing too, says so, and never ends.
import { parentPort, workerData } from "node:worker_threads";
import { mapFile } from "@nodemm/pmem-native";

const region = mapFile(workerData, { mode: "open-or-create", size: 2 ** 26, forceGranularity: "byte" });
const source = new Uint8Array(2 ** 26);
const running = [region.copyAsync(0, source), region.fillAsync(0, 2 ** 26, 1), region.persistAsync(0, 2 ** 26)];
if (process.argv.includes("closes")) running.push(region.closeAsync());
parentPort?.postMessage("started");
setInterval(() => running.length, 1000);
