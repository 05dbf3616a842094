import { describe, expect, it } from "vitest";

import { type Asked, judge, type Observed } from "../src/claims.ts";
import type { Life } from "../src/life.ts";

const ASKED: Asked = { kills: 2, accuracy: 0.95 };

function life(openedAt: number, acknowledgedStep: number, part: Partial<Life> & { dataSet?: "placed" } = {}): Life {
  return {
    opened: {
      kind: "opened",
      step: openedAt,
      totalSteps: 100,
      dataSet: part.dataSet ?? "found",
      dataSetBytes: 1000,
      programBytesRead: 5,
      openMs: 1,
      granularity: "page",
      survives: "power-failure",
    },
    acknowledgedStep,
    ended: "killed",
    readyMs: 1,
    bytesRead: 10,
    ...part,
  };
}

function observed(lives: readonly Life[], part: Partial<Observed> = {}): Observed {
  return {
    interrupted: { lives, seconds: 1 },
    uninterrupted: { lives: [life(0, 100, { ended: "finished", dataSet: "placed" })], seconds: 1 },
    interruptedFingerprint: "aa",
    uninterruptedFingerprint: "aa",
    accuracy: 0.96,
    testImages: 10_000,
    ...part,
  };
}

const FIRST = life(0, 30, { dataSet: "placed", bytesRead: 2000 });
const SECOND = life(30, 60);
const LAST = life(61, 100, { ended: "finished" });

function failing(found: Observed): string[] {
  return judge(found, ASKED)
    .filter((claim) => !claim.holds)
    .map((claim) => claim.id);
}

describe("the claims of the main job", () => {
  it("all hold when every restart resumes at the acknowledged step or the one after it", () => {
    expect(failing(observed([FIRST, SECOND, LAST]))).toEqual([]);
  });

  const bad: [string, Observed, string][] = [
    ["a restart one step behind what was acknowledged", observed([FIRST, life(29, 60), LAST]), "resumed"],
    ["a restart two steps ahead", observed([FIRST, life(32, 60), LAST]), "resumed"],
    ["fewer kills than asked", observed([FIRST, life(30, 100, { ended: "finished" })]), "killed"],
    [
      "a kill after the end of the training",
      observed([FIRST, life(30, 100), life(100, 100, { ended: "finished" })]),
      "killed",
    ],
    [
      "a restart that placed the data set again",
      observed([FIRST, life(30, 60, { dataSet: "placed" }), LAST]),
      "data-set",
    ],
    [
      "a restart that read as much as the data set has",
      observed([FIRST, life(30, 60, { bytesRead: 1000 }), LAST]),
      "data-set",
    ],
    ["weights that differ", observed([FIRST, SECOND, LAST], { interruptedFingerprint: "ab" }), "bit-identical"],
    ["an accuracy below what was asked", observed([FIRST, SECOND, LAST], { accuracy: 0.949 }), "accuracy"],
    ["an accuracy that is no number", observed([FIRST, SECOND, LAST], { accuracy: Number.NaN }), "accuracy"],
  ];
  it.each(bad)("%s fails the claim", (_, found, id) => {
    expect(failing(found)).toEqual([id]);
  });

  it("a training that was never interrupted proves nothing about interruptions", () => {
    const only = life(0, 100, { ended: "finished", dataSet: "placed" });
    expect(failing(observed([only]))).toEqual(["killed", "resumed", "data-set", "bit-identical"]);
  });

  it("where the system does not count bytes read, the training's own word decides", () => {
    expect(failing(observed([FIRST, life(30, 60, { bytesRead: null }), LAST]))).toEqual([]);
  });
});
