import { fileURLToPath } from "node:url";

import { findMedia, runBenchmarks } from "@nodemm/bench";

import { copyRangeWorkload } from "./copy-range.ts";
import { copyWorkload } from "./copy.ts";
import { persistManyWorkload } from "./persist-many.ts";
import { persistRandomWorkload } from "./persist-random.ts";
import { persistRangeWorkload } from "./persist-range.ts";

const media = findMedia(import.meta.url);
/** Where flushing lines is what persisting is; a disk's sync would hide everything else. */
const lines = media.filter(({ id }) => id === "dev-shm");

const persisted = [
  { name: "4kib", size: "4 KiB", bytes: 2 ** 12, rounds: 400, bar: 1.05 },
  { name: "1mib", size: "1 MiB", bytes: 2 ** 20, rounds: 400, bar: 1 },
  { name: "1gib", size: "1 GiB", bytes: 2 ** 30, rounds: 1, bar: 1 },
];
const copied = [
  { name: "256b", size: "256 B", bytes: 2 ** 8, copies: 200_000, bar: 1.3, atStoreBandwidth: false },
  { name: "4kib", size: "4 KiB", bytes: 2 ** 12, copies: 100_000, bar: 1.1, atStoreBandwidth: false },
  { name: "1mib", size: "1 MiB", bytes: 2 ** 20, copies: 1000, bar: 1, atStoreBandwidth: true },
];

process.exitCode = await runBenchmarks({
  package: "@nodemm/pmem-native",
  resultsDirectory: fileURLToPath(new URL("../results", import.meta.url)),
  workloads: [
    ...media.flatMap((medium) => [persistRandomWorkload(medium), copyWorkload(medium)]),
    ...lines.flatMap((medium) => [
      persistManyWorkload(medium),
      ...persisted.map((range) => persistRangeWorkload(medium, range)),
      ...copied.map((range) => copyRangeWorkload(medium, range)),
    ]),
  ],
});
