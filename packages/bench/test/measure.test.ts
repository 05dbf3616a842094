import { tmpdir } from "node:os";
import { describe, expect, it } from "vitest";

import { measure } from "../src/measure.ts";
import { faultsOfRow } from "../src/row.ts";
import type { Contender, Workload } from "../src/workload.ts";

function contender(name: string, calls: string[], figures: () => number): Contender {
  return {
    name,
    start: () => {
      calls.push(`${name}:start`);
      return {
        durability: "none",
        sample: () => {
          calls.push(name);
          return figures();
        },
        stop: () => {
          calls.push(`${name}:stop`);
        },
      };
    },
  };
}

function workload(part: Partial<Workload> & Pick<Workload, "ours" | "peers">): Workload {
  return { id: "w", title: "a workload", unit: "op/s", better: "higher", directory: tmpdir(), ...part };
}

describe("measure", () => {
  it("contenders take turns within every round, warm-up included, and all are stopped", async () => {
    const calls: string[] = [];
    const a = contender("a", calls, () => 1);
    const b = contender("b", calls, () => 1);
    await measure(workload({ ours: a, peers: [b], samples: 3, warmups: 1 }), { quick: false });
    const turns = ["a", "b", "a", "b", "a", "b", "a", "b"];
    expect(calls).toEqual(["a:start", "b:start", ...turns, "b:stop", "a:stop"]);
  });

  it("the row carries medians, their ratio, the bar's verdict and every sample but the warm-up's", async () => {
    const ours = [1000, 6, 4, 5];
    const peer = [1000, 10, 10, 20];
    const rows = await measure(
      workload({
        ours: contender("a", [], () => ours.shift()!),
        peers: [{ ...contender("b", [], () => peer.shift()!), bar: 0.5 }],
        samples: 3,
      }),
      { quick: false },
    );
    expect(rows).toMatchObject([
      {
        id: "w/b",
        ours: 5,
        peer: 10,
        ratio: 0.5,
        bar: 0.5,
        pass: true,
        samples: { ours: [6, 4, 5], peer: [10, 10, 20] },
      },
    ]);
    expect(faultsOfRow(rows[0])).toEqual([]);
  });

  it("an absent peer gives a row with the reason and no figure", async () => {
    const missing = { name: "C", bar: 1, start: () => ({ absent: "no C compiler" }) };
    const [row] = await measure(workload({ ours: contender("a", [], () => 1), peers: [missing] }), { quick: true });
    expect(row).toMatchObject({ peer: null, ratio: null, pass: null, absent: "no C compiler" });
    expect(faultsOfRow(row)).toEqual([]);
  });

  it("a goal gives a row after the peers' rows, missed where ours does not reach it", async () => {
    const rows = await measure(
      workload({ ours: contender("a", [], () => 3), peers: [contender("b", [], () => 1)], goal: 4 }),
      {
        quick: true,
      },
    );
    expect(rows).toHaveLength(2);
    expect(rows[1]).toMatchObject({ id: "w/goal", ours: 3, peer: 4, ratio: 0.75, bar: 1, pass: false });
    expect(rows.flatMap(faultsOfRow)).toEqual([]);
  });

  it("a quick run takes three samples at most", async () => {
    const calls: string[] = [];
    const peers = [contender("b", [], () => 1)];
    await measure(workload({ ours: contender("a", calls, () => 1), peers, samples: 50 }), { quick: true });
    expect(calls.filter((call) => call === "a")).toHaveLength(4);
  });

  it("a figure that is no positive number fails the run, and every contender is stopped all the same", async () => {
    const calls: string[] = [];
    const peers = [contender("b", calls, () => Number.NaN)];
    const run = measure(workload({ ours: contender("a", calls, () => 1), peers }), { quick: false });
    await expect(run).rejects.toThrow("expected a positive figure from b, found NaN");
    expect(calls.slice(-2)).toEqual(["b:stop", "a:stop"]);
  });

  it("a contender that cannot be stopped fails the run, and the others are stopped all the same", async () => {
    const calls: string[] = [];
    const stuck: Contender = {
      name: "b",
      start: () => ({
        durability: "none",
        sample: () => 1,
        stop: () => {
          throw new Error("b cannot be stopped");
        },
      }),
    };
    const run = measure(workload({ ours: contender("a", calls, () => 1), peers: [stuck] }), { quick: true });
    await expect(run).rejects.toThrow("b cannot be stopped");
    expect(calls.at(-1)).toBe("a:stop");
  });

  it("without our own contender there is nothing to measure", async () => {
    const ours = { name: "a", start: () => ({ absent: "not built" }) };
    await expect(measure(workload({ ours, peers: [] }), { quick: false })).rejects.toThrow("not built");
  });
});
