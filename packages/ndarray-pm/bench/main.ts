import { fileURLToPath } from "node:url";

import { findMedia, runBenchmarks } from "@nodemm/bench";

import { atomicFillWorkload } from "./atomic-fill.ts";
import { elementAccessWorkloads } from "./element-access.ts";
import { useEveryDType } from "./every-dtype.ts";
import { inPlaceWorkloads } from "./in-place.ts";
import { outOfPlaceWorkloads } from "./out-of-place.ts";

// The fastest that there is: memory, where it stands in for persistent memory.
const [medium] = findMedia(import.meta.url);

// As in a program that has run for a while: V8 has seen every kind of array by the time the clock starts.
useEveryDType();

process.exitCode = await runBenchmarks({
  package: "@nodemm/ndarray-pm",
  resultsDirectory: fileURLToPath(new URL("../results", import.meta.url)),
  workloads: [
    ...elementAccessWorkloads(medium),
    ...outOfPlaceWorkloads(medium),
    ...inPlaceWorkloads(medium),
    atomicFillWorkload(medium),
  ],
});
