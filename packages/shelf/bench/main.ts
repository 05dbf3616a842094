import { fileURLToPath } from "node:url";

import { findMedia, runBenchmarks } from "@nodemm/bench";

import { batchWorkload } from "./batch.ts";
import { crashImagesWorkload } from "./crash-images.ts";
import { createNamesWorkload } from "./create-names.ts";
import { getWorkload } from "./get.ts";
import { keptMemoryWorkloads } from "./kept-memory.ts";
import { hasRoomForLarge, reopenLargeWorkload, reopenManyWorkload, reopenWorkload } from "./reopen.ts";
import { smallValueWorkloads } from "./small-values.ts";
import { transactionWorkload } from "./transaction.ts";

const media = findMedia(import.meta.url);
/** Stands in for persistent memory. */
const memory = media.filter(({ id }) => id === "dev-shm");

process.exitCode = await runBenchmarks({
  package: "@nodemm/shelf",
  resultsDirectory: fileURLToPath(new URL("../results", import.meta.url)),
  workloads: [
    ...memory.flatMap((medium) => [
      ...smallValueWorkloads(medium),
      transactionWorkload(medium, 64, "64 B"),
      transactionWorkload(medium, 4096, "4 KiB"),
      transactionWorkload(medium, 2 ** 20, "1 MiB"),
      getWorkload(medium),
      reopenManyWorkload(medium),
    ]),
    ...media.flatMap((medium) => [
      createNamesWorkload(medium, "one by one"),
      createNamesWorkload(medium, "in one transaction"),
      batchWorkload(medium),
      reopenWorkload(medium),
    ]),
    ...media.filter(hasRoomForLarge).map(reopenLargeWorkload),
    ...keptMemoryWorkloads(media),
    crashImagesWorkload,
  ],
});
