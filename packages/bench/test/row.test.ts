import { describe, expect, it } from "vitest";

import { faultsOfRow, passes, type Row } from "../src/row.ts";

const GOOD: Row = {
  id: "persist.dev-shm/C",
  workload: "persist",
  ours: 2,
  peer: 4,
  peerName: "C",
  absent: null,
  unit: "op/s",
  better: "higher",
  ratio: 0.5,
  bar: 0.4,
  pass: true,
  medium: "tmpfs",
  durability: "process-exit",
  peerDurability: "process-exit",
  samples: { ours: [2, 2, 2], peer: [4, 4, 4] },
};

const ABSENT: Row = {
  ...GOOD,
  peer: null,
  absent: "libpmem-dev is not installed",
  ratio: null,
  pass: null,
  peerDurability: null,
  samples: { ours: [2, 2, 2], peer: [] },
};

describe("passes", () => {
  it("a rate must reach the bar, a cost must not exceed it", () => {
    expect(passes(1.1, 1, "higher")).toBe(true);
    expect(passes(0.9, 1, "higher")).toBe(false);
    expect(passes(1.1, 1, "lower")).toBe(false);
    expect(passes(1, 1, "lower")).toBe(true);
  });
});

describe("row schema", () => {
  it("a good row and a row of an absent peer have no faults", () => {
    expect(faultsOfRow(GOOD)).toEqual([]);
    expect(faultsOfRow(ABSENT)).toEqual([]);
  });

  const bad: [string, Partial<Record<keyof Row, unknown>>, string][] = [
    ["a ratio that is not ours / peer", { ratio: 0.6 }, "ratio"],
    ["a pass that the bar denies", { bar: 0.6 }, "pass"],
    ["a pass without a bar", { bar: null }, "pass"],
    ["a figure of NaN", { ours: Number.NaN }, "ours"],
    ["a figure of 0", { peer: 0 }, "peer"],
    ["an unknown direction", { better: "up" }, "better"],
    ["a missing unit", { unit: "" }, "unit"],
    ["no samples of ours", { samples: { ours: [], peer: [] } }, "samples"],
    ["fewer samples of the peer", { samples: { ours: [2, 2], peer: [4] } }, "samples"],
    ["a present peer with a reason for absence", { absent: "gone" }, "absent"],
  ];
  it.each(bad)("%s is a fault", (_, change, field) => {
    expect(faultsOfRow({ ...GOOD, ...change })).toEqual([expect.stringMatching(`^${field}: `)]);
  });

  it("an absent peer has neither figure nor ratio, and a reason", () => {
    expect(faultsOfRow({ ...ABSENT, absent: null })).toEqual([expect.stringMatching("^absent: ")]);
    expect(faultsOfRow({ ...ABSENT, ratio: 1 })).toEqual([expect.stringMatching("^ratio: ")]);
  });

  it("anything but an object is a fault", () => {
    expect(faultsOfRow(null)).toHaveLength(1);
    expect(faultsOfRow("row")).toHaveLength(1);
  });
});
