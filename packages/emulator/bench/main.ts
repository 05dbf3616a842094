import { fileURLToPath } from "node:url";

import { runBenchmarks } from "@nodemm/bench";

import { exploreWorkload } from "./explore.ts";

process.exitCode = await runBenchmarks({
  package: "@nodemm/emulator",
  resultsDirectory: fileURLToPath(new URL("../results", import.meta.url)),
  workloads: [exploreWorkload("drains"), exploreWorkload("every")],
});
