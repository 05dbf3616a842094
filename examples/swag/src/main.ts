/** Collects a posterior under a limit on memory, judges, prints and draws. Exit code 0: every claim holds; 1: not. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { auditPosterior } from "./audit.ts";
import type { Collected } from "./collector.ts";
import { type Ended, runLimited } from "./limited.ts";
import { reliabilityDiagram } from "./picture.ts";
import type { Score } from "./prediction.ts";
import type { Settings } from "./settings.ts";

const { values } = parseArgs({
  options: {
    samples: { type: "string", default: "4000" },
    limit: { type: "string", default: "256" },
    rank: { type: "string", default: "20" },
    draws: { type: "string", default: "30" },
    images: { type: "string", default: "10000" },
    folder: { type: "string", default: tmpdir() },
    picture: { type: "string" },
  },
});
const count = (option: "samples" | "limit" | "rank" | "draws" | "images"): number => {
  const value = Number(values[option]);
  if (Number.isInteger(value) && value > 1) return value;
  throw new RangeError(`--${option}: expected a whole number above 1, found ${values[option]}`);
};

const folder = mkdtempSync(join(values.folder, "swag-"));
const settings: Settings = {
  path: join(folder, "posterior.shelf"),
  samples: count("samples"),
  limitMiB: count("limit"),
  rank: count("rank"),
  draws: count("draws"),
  images: count("images"),
  seed: 7,
  burnInSteps: 4000,
};
try {
  const argument = JSON.stringify(settings);
  const collector = await runLimited("collector.js", settings.limitMiB, argument);
  if (collector.code !== 0) throw new Error(`the collector ended with ${collector.code}: ${collector.complaint}`);
  const collected = JSON.parse(collector.output) as Collected;
  const hoarder = await runLimited("hoarder.js", settings.limitMiB, argument);
  const audit = auditPosterior(settings.path, 50);
  report(collected);
  const { samplesMiB, limitMiB, peakPrivateMiB, lastSample, swag } = collected;
  const claims: [boolean, string][] = [
    [
      audit.samples === settings.samples && limitMiB === settings.limitMiB && samplesMiB > limitMiB,
      `${audit.samples} samples on the shelf, ${samplesMiB.toFixed(0)} MiB, from a process that may have ${limitMiB} MiB ` +
        `(it had ${peakPrivateMiB.toFixed(0)})`,
    ],
    [hoarder.code !== 0, `the same in DRAM under the same limit: ${complaintOf(hoarder)}`],
    [
      audit.error < 1e-3,
      `mean and deviation of 50 parameters computed anew differ by ${audit.error.toExponential(1)} at most`,
    ],
    [
      swag.accuracy > 0.9 && swag.negativeLogLikelihood < lastSample.negativeLogLikelihood,
      `the posterior predicts better than its last sample`,
    ],
  ];
  for (const [holds, text] of claims) console.log(`${holds ? "ok  " : "FAIL"}  ${text}`);
  process.exitCode = claims.every(([holds]) => holds) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** What the process without a shelf said at its end: V8 ends it when an allocation fails that it cannot do without. */
function complaintOf({ output, complaint, code }: Ended): string {
  return /FATAL ERROR: .*/u.exec(complaint)?.[0] ?? (output.trim() || `exit code ${code}`);
}

function report({ lastSample, mean, swag, seconds }: Collected): void {
  console.log(
    `collected in ${seconds.collecting.toFixed(1)} s, mean and covariance by one pass over the shelf in ` +
      `${seconds.fitting.toFixed(1)} s; ${settings.images} test images:`,
  );
  const row = (title: string, { accuracy, negativeLogLikelihood, calibrationError }: Score): string =>
    `  ${title.padEnd(24)} accuracy ${(accuracy * 100).toFixed(2)} %   ` +
    `negative log-likelihood ${negativeLogLikelihood.toFixed(4)}   calibration error ${(calibrationError * 100).toFixed(2)} %`;
  console.log(row("last sample", lastSample));
  console.log(row("mean of the samples", mean));
  console.log(row(`${settings.draws} draws of the posterior`, swag));
  if (values.picture === undefined) return;
  const series = [
    ["last sample", "#c33", lastSample],
    ["posterior", "#236", swag],
  ] as const;
  writeFileSync(values.picture, reliabilityDiagram(series));
}
