// Only workers have the package; when they have ended, a signal comes that its handler passes on.
import { once } from "node:events";
import { isMainThread, Worker } from "node:worker_threads";
import { report } from "./report.mjs";

if (isMainThread) {
  const heard = once(process, "SIGBUS");
  for (let round = 0; round < 2; round++) await once(new Worker(new URL(import.meta.url)), "exit");
  // A listener of signals keeps no process alive.
  const waiting = setTimeout(() => {}, 10_000);
  process.kill(process.pid, "SIGBUS");
  const [signal] = await heard;
  clearTimeout(waiting);
  report({ heard: signal });
} else {
  const { mapMemory } = await import("@nodemm/pmem-native");
  mapMemory({ size: 4096, capacity: 4096 }).close();
}
