/** The main job: a training that is killed over and over, the same one uninterrupted, and the comparison. */

import { type Asked, type Claim, judge, type Observed } from "./claims.ts";
import { TEST_IMAGES } from "./data-set-names.ts";
import type { Life } from "./life.ts";
import type { Message } from "./messages.ts";
import type { Narrator } from "./narrator.ts";
import type { Options } from "./options.ts";
import { inspectTraining } from "./shelved.ts";
import { runTrial, type Trial } from "./trial.ts";

export interface Result {
  readonly pass: boolean;
  readonly claims: readonly Claim[];
  readonly accuracy: number;
  readonly fingerprint: string;
  readonly uninterruptedFingerprint: string;
  readonly shelf: { readonly path: string; readonly granularity: string; readonly survives: string };
  /** Every process of the interrupted training, in order. */
  readonly lives: readonly Life[];
  readonly interruptedSeconds: number;
  readonly uninterruptedSeconds: number;
}

/** Files that the job makes: the shelf, and the shelf of the uninterrupted training. */
export function filesOf(options: Options): { readonly shelf: string; readonly uninterrupted: string } {
  return { shelf: options.path, uninterrupted: `${options.path.replace(/\.shelf$/, "")}-uninterrupted.shelf` };
}

export async function runMainJob(options: Options, narrator: Narrator): Promise<Result> {
  const files = filesOf(options);
  const { settings, size, images } = options;
  const training = { path: files.shelf, size, settings, images };
  const comparison = { ...training, path: files.uninterrupted };
  const interrupted = await runTrial({
    training,
    kills: options.kills,
    hears: tellOf("training", narrator, true),
    ended: (life) => tellEnd(life, narrator),
  });
  narrator.line("The same training again, uninterrupted, on a shelf of its own:");
  const uninterrupted = await runTrial({
    training: comparison,
    kills: 0,
    hears: tellOf("training", narrator, false),
  });
  narrator.end();
  const first = await inspectTraining(training);
  const second = await inspectTraining(comparison);
  const observed: Observed = {
    interrupted,
    uninterrupted,
    interruptedFingerprint: first.fingerprint,
    uninterruptedFingerprint: second.fingerprint,
    accuracy: first.accuracy,
    testImages: TEST_IMAGES,
  };
  const asked: Asked = { kills: options.kills, accuracy: options.accuracy };
  const claims = judge(observed, asked);
  const { opened } = interrupted.lives[0];
  narrator.line(summary(interrupted, uninterrupted));
  return {
    pass: claims.every((claim) => claim.holds),
    claims,
    accuracy: observed.accuracy,
    fingerprint: first.fingerprint,
    uninterruptedFingerprint: second.fingerprint,
    shelf: { path: files.shelf, granularity: opened.granularity, survives: opened.survives },
    lives: interrupted.lives,
    interruptedSeconds: interrupted.seconds,
    uninterruptedSeconds: uninterrupted.seconds,
  };
}

function tellOf(title: string, narrator: Narrator, told: boolean): (message: Message) => void {
  let begun = false;
  return (message) => {
    if (message.kind === "step") narrator.step(message.step, message.loss);
    if (message.kind !== "opened") return;
    if (!begun) narrator.begin(title, message.totalSteps);
    begun = true;
    if (!told) return;
    if (message.dataSet === "placed")
      narrator.line(
        `  placed ${(message.dataSetBytes / 1e6).toFixed(1)} MB of images and labels on the shelf ` +
          `(${message.granularity} granularity: what is persisted survives ${message.survives})`,
      );
    else narrator.line(`  reopened in ${message.openMs.toFixed(1)} ms, carries on from step ${message.step}`);
  };
}

function tellEnd(life: Life, narrator: Narrator): void {
  if (life.ended === "killed") narrator.line(`  SIGKILL after step ${life.acknowledgedStep}`);
}

function summary(interrupted: Trial, uninterrupted: Trial): string {
  const restarts = interrupted.lives.slice(1);
  const listed = (figures: readonly number[]): string => figures.map((figure) => figure.toFixed(1)).join(", ");
  return [
    `Reopening took ${listed(restarts.map((life) => life.opened.openMs))} ms` +
      ` (${listed(restarts.map((life) => life.readyMs))} ms from the start of the process).`,
    `Training took ${interrupted.seconds.toFixed(1)} s with ${restarts.length} restarts,` +
      ` ${uninterrupted.seconds.toFixed(1)} s without.`,
  ].join("\n");
}
