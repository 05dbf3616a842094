import { fileURLToPath } from "node:url";

import { findMedia, runBenchmarks } from "@nodemm/bench";

import { stepOverheadWorkload } from "./step-overhead.ts";

process.exitCode = await runBenchmarks({
  package: "@nodemm/example-mnist",
  resultsDirectory: fileURLToPath(new URL("../results", import.meta.url)),
  workloads: findMedia(import.meta.url).map((medium) => stepOverheadWorkload(medium)),
});
