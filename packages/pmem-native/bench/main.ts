import { fileURLToPath } from "node:url";

import { findMedia, runBenchmarks } from "@nodemm/bench";

import { copyWorkload } from "./copy.ts";
import { persistRandomWorkload } from "./persist-random.ts";

const media = findMedia(import.meta.url);

process.exitCode = await runBenchmarks({
  package: "@nodemm/pmem-native",
  resultsDirectory: fileURLToPath(new URL("../results", import.meta.url)),
  workloads: media.flatMap((medium) => [persistRandomWorkload(medium), copyWorkload(medium)]),
});
