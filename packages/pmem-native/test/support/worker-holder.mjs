// Opens a file in a worker and keeps it, with a view, unclosed. Messages: "again" tries once more, "end" ends the thread.
import { parentPort, workerData } from "node:worker_threads";
import { mapFile } from "@nodemm/pmem-native";
import { attempt } from "./report.mjs";

if (parentPort === null) throw new Error("expected to run as a worker, found the main thread: start it as one");
const port = parentPort;
/** @type {unknown[]} */
const held = [];

function tryOnce() {
  const outcome = attempt(() => {
    const region = mapFile(workerData);
    const bytes = new Uint8Array(region.view(0, 4096));
    bytes[0] = 1;
    held.push(region, bytes);
  });
  port.postMessage(outcome);
}

port.on("message", (message) => {
  if (message === "again") tryOnce();
  else port.close();
});
tryOnce();
