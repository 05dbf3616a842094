import { fileURLToPath } from "node:url";

import { findMedia, runBenchmarks } from "@nodemm/bench";

import { exploreWorkload } from "./explore.ts";
import { keptMemoryWorkloads } from "./kept-memory.ts";
import { latencyWorkloads } from "./latency.ts";

const tmpfs = findMedia(import.meta.url).filter(({ id }) => id === "dev-shm" && process.platform === "linux");

process.exitCode = await runBenchmarks({
  package: "@nodemm/emulator",
  resultsDirectory: fileURLToPath(new URL("../results", import.meta.url)),
  workloads: [
    exploreWorkload("drains"),
    exploreWorkload("every"),
    ...latencyWorkloads(),
    ...tmpfs.flatMap(keptMemoryWorkloads),
  ],
});
