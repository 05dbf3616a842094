/** What the main job claims to have shown, judged from what was observed. */

import type { Trial } from "./trial.ts";

export interface Observed {
  readonly interrupted: Trial;
  readonly uninterrupted: Trial;
  /** SHA-256 of weights and momentum, read from each shelf after the end. */
  readonly interruptedFingerprint: string;
  readonly uninterruptedFingerprint: string;
  /** Share of the test images classified correctly, 0 to 1. */
  readonly accuracy: number;
  readonly testImages: number;
}

export interface Asked {
  readonly kills: number;
  /** The accuracy to reach, 0 to 1. */
  readonly accuracy: number;
}

export interface Claim {
  readonly id: "killed" | "resumed" | "data-set" | "accuracy" | "bit-identical";
  readonly holds: boolean;
  /** One line: what was found. */
  readonly text: string;
}

/** A restart that reads less than this share of the data set has not read the data set. */
const NEGLIGIBLE_SHARE = 0.1;

export function judge(observed: Observed, asked: Asked): readonly Claim[] {
  const { lives } = observed.interrupted;
  return [
    killed(observed, asked.kills),
    resumed(observed),
    dataSet(observed),
    {
      id: "accuracy",
      holds: observed.accuracy >= asked.accuracy,
      text:
        `${percent(observed.accuracy)} of ${observed.testImages} test images classified correctly` +
        ` (asked: at least ${percent(asked.accuracy)})`,
    },
    {
      id: "bit-identical",
      holds: observed.interruptedFingerprint === observed.uninterruptedFingerprint && lives.length > 1,
      text:
        `weights and momentum have sha256 ${observed.interruptedFingerprint.slice(0, 16)}..., ` +
        `those of the uninterrupted training ${observed.uninterruptedFingerprint.slice(0, 16)}...`,
    },
  ];
}

function killed(observed: Observed, asked: number): Claim {
  const { lives } = observed.interrupted;
  const steps = lives.filter((life) => life.ended === "killed").map((life) => life.acknowledgedStep);
  const { totalSteps } = lives[0].opened;
  return {
    id: "killed",
    holds: steps.length >= asked && steps.every((step) => step > 0 && step < totalSteps),
    text: `killed ${steps.length} times with SIGKILL, after steps ${steps.join(", ")} of ${totalSteps}`,
  };
}

function resumed(observed: Observed): Claim {
  const { lives } = observed.interrupted;
  const gaps = lives.slice(1).map((life, index) => life.opened.step - lives[index].acknowledgedStep);
  return {
    id: "resumed",
    // One more: its update had committed, and the process died before it could say so.
    holds: gaps.length > 0 && gaps.every((gap) => gap === 0 || gap === 1),
    text: `each restart resumed at step ${lives
      .slice(1)
      .map((life) => life.opened.step)
      .join(", ")}: no committed step was lost, none was half done`,
  };
}

function dataSet(observed: Observed): Claim {
  const restarts = observed.interrupted.lives.slice(1);
  const { dataSetBytes } = observed.interrupted.lives[0].opened;
  const read = restarts.map((life) => life.bytesRead).filter((bytes) => bytes !== null);
  const found = restarts.length > 0 && restarts.every((life) => life.opened.dataSet === "found");
  return {
    id: "data-set",
    holds: found && read.every((bytes) => bytes < dataSetBytes * NEGLIGIBLE_SHARE),
    text: `no restart read the data set: the images were on the shelf${
      read.length > 0 ? ` (read from files: at most ${megabytes(Math.max(...read))} of ${megabytes(dataSetBytes)})` : ""
    }`,
  };
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
