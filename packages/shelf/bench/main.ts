import { fileURLToPath } from "node:url";

import { findMedia, runBenchmarks } from "@nodemm/bench";

import { createNamesWorkload } from "./create-names.ts";
import { reopenWorkload } from "./reopen.ts";

const media = findMedia(import.meta.url);

process.exitCode = await runBenchmarks({
  package: "@nodemm/shelf",
  resultsDirectory: fileURLToPath(new URL("../results", import.meta.url)),
  workloads: media.flatMap((medium) => [
    createNamesWorkload(medium, "one by one"),
    createNamesWorkload(medium, "in one transaction"),
    reopenWorkload(medium),
  ]),
});
