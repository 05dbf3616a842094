import { dram } from "@nodemm/emulator";
import { list } from "../../src/index.ts";
import { imageAfter, type Scenario, shelfBytes } from "./explore.ts";
import { step } from "./step.ts";
import { contentOf } from "./workload.ts";

const bytes = (length: number): Uint8Array => new Uint8Array(length).fill(length % 256);
const beforeCompacting = (): [string, unknown][] => [
  ["large", bytes(900)],
  ["queue", list([1, bytes(130)])],
  ["small", bytes(200)],
];

/** Extents that go into a gap, and one that has to step aside first; the catalog is written anew, the end is given back. */
const compact: Scenario = {
  create: (granularity) =>
    dram({
      granularity,
      image: imageAfter((shelf) => {
        shelf.set("gap", bytes(700));
        for (const [name, value] of beforeCompacting()) shelf.set(name, value);
        shelf.delete("gap");
      }),
    }),
  before: [contentOf(beforeCompacting())],
  run(shelf) {
    shelf.compact({ detachViews: true, shrink: true });
  },
};

/** What does not fit makes the shelf larger, in the middle of a transaction. */
const growByItself: Scenario = {
  create: (granularity) => dram({ size: shelfBytes, capacity: 4 * shelfBytes, granularity }),
  open: { grow: "auto" },
  run(shelf, expect) {
    const [small, large] = [new Uint8Array(100).fill(1), new Uint8Array(50_000).fill(2)];
    expect("", contentOf([["small", small]]));
    shelf.set("small", small);
    expect(
      contentOf(shelf),
      contentOf([
        ["small", small.slice().fill(3)],
        ["large", large],
      ]),
    );
    shelf.transaction(() => {
      shelf.snapshot("small");
      (shelf.get("small") as Uint8Array).fill(3);
      shelf.set("large", large);
    });
    expect(contentOf(shelf));
  },
};

/** Scratch values lie where the next value may: a crash leaves nothing of them. */
const scratch: Scenario = {
  run(shelf, expect) {
    const kept = new Uint8Array(300).fill(4);
    expect("", contentOf([["kept", kept]]));
    const first = shelf.scratch(new Uint8Array(500).fill(9));
    shelf.set("kept", kept);
    expect(contentOf([["kept", kept]]));
    first.free();
    expect(
      contentOf([["kept", kept]]),
      contentOf([
        ["kept", kept],
        ["more", kept],
      ]),
    );
    shelf.scratch(new Uint8Array(200).fill(8));
    shelf.set("more", kept);
    expect(
      contentOf([
        ["kept", kept],
        ["more", kept],
      ]),
    );
  },
};

const text = (index: number): string => String(index % 10).repeat(500);
/** The first small, since that is what is changed in place after a crash; together they fill what else there is. */
const crowd: readonly [string, Uint8Array][] = [
  ["one", new Uint8Array(64).fill(5)],
  ["crowd", new Uint8Array(32 * 1024 - 64).fill(7)],
];

/** A catalog that must become larger where there is room for one new area alone: the other lies over the old catalog. */
const rewriteCrowded: Scenario = {
  create: (granularity) =>
    dram({
      granularity,
      image: imageAfter((shelf) => {
        shelf.set("gap", bytes(8192));
        for (const [name, value] of crowd) shelf.set(name, value);
        shelf.delete("gap");
        // Until the catalog lies behind its spare area.
        for (let index = 0; shelf.inspect().catalogGeneration === 1; index++) shelf.set("text", text(index));
        shelf.set("text", text(4));
      }),
    }),
  before: [contentOf([...crowd, ["text", text(4)]])],
  run(shelf, expect) {
    const wide = Array.from({ length: 6 }, (_, index) => [`wide ${index}`, text(index)] as [string, string]);
    const before = shelf.usage();
    step(shelf, expect, [...shelf, ...wide], () =>
      shelf.transaction(() => wide.forEach(([name, value]) => shelf.set(name, value))),
    );
    const after = shelf.usage();
    if (before.free !== 8192 || after.free !== 0) throw new Error("the new areas do not lie over the old ones");
    const rest = [...shelf].filter(([name]) => name !== "crowd");
    step(shelf, expect, rest, () => shelf.delete("crowd"));
  },
  after(shelf, expect) {
    for (let index = 0; index < 8; index++) {
      const content = new Map([...shelf]).set("text", text(index));
      step(shelf, expect, [...content], () => shelf.set("text", text(index)));
    }
  },
};

export const spaceScenarios: Readonly<Record<string, Scenario>> = {
  compacting: compact,
  "growing by itself": growByItself,
  "scratch values between others": scratch,
  "writing the catalog anew in a crowd": rewriteCrowded,
};
