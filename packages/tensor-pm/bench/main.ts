import { fileURLToPath } from "node:url";

import { findMedia, runBenchmarks } from "@nodemm/bench";

import { blockedWorkload } from "./blocked.ts";
import { backToBackWorkload, incrementalWorkload } from "./incremental.ts";
import { loadWorkload } from "./load.ts";
import { saveWorkload } from "./save.ts";
import { large, small } from "./state.ts";

const media = findMedia(import.meta.url);

process.exitCode = await runBenchmarks({
  package: "@nodemm/tensor-pm",
  resultsDirectory: fileURLToPath(new URL("../results", import.meta.url)),
  workloads: media.flatMap((medium) => [
    saveWorkload(medium, small),
    saveWorkload(medium, large),
    loadWorkload(medium, large),
    incrementalWorkload(medium, large, "told"),
    incrementalWorkload(medium, large, "compared"),
    backToBackWorkload(medium, large),
    blockedWorkload(medium, small),
    blockedWorkload(medium, large),
  ]),
});
