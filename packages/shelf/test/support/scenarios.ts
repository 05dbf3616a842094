import { dram, simulatePowerFailure } from "@nodemm/emulator";
import type { Granularity, Region } from "@nodemm/pmem-native";
import { type Codec, openShelf, type Shelf } from "../../src/index.ts";
import { frame } from "../../src/layout.ts";
import { besideScenarios } from "./beside-scenarios.ts";
import { changeInPlace, type Expect, imageAfter, type Scenario, shelfBytes } from "./explore.ts";
import { listScenarios } from "./list-scenarios.ts";
import { lastFrameOffset } from "./media.ts";
import { sealScenarios } from "./seal-scenarios.ts";
import { spaceScenarios } from "./space-scenarios.ts";
import { shutdownScenarios } from "./shutdown-scenarios.ts";
import { step } from "./step.ts";
import { unsavedScenarios } from "./unsaved-scenarios.ts";
import { contentOf, RandomWorkload } from "./workload.ts";

const create: Scenario = { run: () => undefined };

const replaceAndErase: Scenario = {
  run(shelf, expect) {
    const bytes = new Uint8Array([1, 2, 3]);
    step(shelf, expect, [["x", 1]], () => shelf.set("x", 1));
    step(shelf, expect, [["x", bytes]], () => shelf.set("x", bytes));
    step(shelf, expect, [["y", bytes]], () => shelf.rename("x", "y"));
    step(shelf, expect, [], () => shelf.delete("y"));
  },
};

/** Committed and aborted changes of bytes across lines, within a line, and of one byte. */
const inPlace: Scenario = {
  run(shelf, expect) {
    step(shelf, expect, [["x", new Uint8Array(200)]], () => shelf.set("x", new Uint8Array(200)));
    const x = shelf.get("x") as Uint8Array;
    for (const [from, to] of [
      [0, 200],
      [60, 70],
      [100, 101],
    ] as const) {
      step(shelf, expect, [["x", x.slice().fill(to, from, to)]], () =>
        shelf.transaction(() => {
          shelf.snapshot("x", from, to - from);
          x.fill(to, from, to);
        }),
      );
      abort(shelf, () => {
        shelf.snapshot("x", from, to - from);
        x.fill(255, from, to);
      });
    }
  },
};

/** An in-place change, a creation and an erasure that commit together; and one of each that do not. */
const mixed: Scenario = {
  run(shelf, expect) {
    const bytes = new Uint8Array(100).fill(1);
    step(shelf, expect, [["x", bytes]], () => shelf.set("x", bytes));
    const x = shelf.get("x") as Uint8Array;
    step(
      shelf,
      expect,
      [
        ["x", bytes.slice().fill(2)],
        ["y", 1],
      ],
      () =>
        shelf.transaction(() => {
          shelf.snapshot("x");
          shelf.set("y", 1);
          x.fill(2);
        }),
    );
    abort(shelf, () => {
      shelf.snapshot("x", 10, 80);
      x.fill(9, 10, 90);
      shelf.set("z", bytes);
      shelf.delete("y");
    });
    changeInPlace(shelf, expect);
  },
};

/** Variables whose bytes are copied in one call, in the transaction that makes them. */
const manyCopies: Scenario = {
  run(shelf, expect) {
    const a = new Uint8Array(300).fill(1);
    const b = new Uint8Array(70).fill(2);
    const copies = [
      { name: "a", source: a },
      { name: "b", source: b },
    ];
    step(shelf, expect, Object.entries({ a, b }), () =>
      shelf.transaction(() => {
        for (const { name, source } of copies) shelf.set(name, new Uint8Array(source.length));
        shelf.copyMany(copies);
      }),
    );
  },
};

/** A frame that is made outside the catalog and copied there; behind it one that is made in its place. */
const longFrame: Scenario = {
  run(shelf, expect) {
    // The first makes the catalog long enough for the second.
    const [first, second] = ["first ".repeat(1700), "second ".repeat(600)];
    const content: [string, number][] = [];
    for (const name of [first, second, "x"]) {
      content.push([name, name.length]);
      step(shelf, expect, [...content], () => shelf.set(name, name.length));
    }
  },
};

/** A range that does not fit the lane, so that the log goes on in an extent. */
const spill: Scenario = {
  run(shelf, expect) {
    const bytes = new Uint8Array(9000).fill(1);
    step(shelf, expect, [["x", bytes]], () => shelf.set("x", bytes));
    const x = shelf.get("x") as Uint8Array;
    const changed = bytes.slice().fill(2, 0, 8500).fill(3, 8990);
    step(shelf, expect, [["x", changed]], () =>
      shelf.transaction(() => {
        for (const [from, to, byte] of [
          [8990, 9000, 3],
          [0, 8500, 2],
        ] as const) {
          shelf.snapshot("x", from, to - from);
          x.fill(byte, from, to);
        }
      }),
    );
  },
};

/** Text that takes a good part of the smallest catalog: a few changes of it, and the catalog is written anew. */
function longText(index: number): string {
  return String(index % 10).repeat(500);
}

function changeUntilRewritten(shelf: Shelf, expect: Expect): void {
  for (let index = 0; index < 8; index++) {
    const content = new Map([...shelf]).set("text", longText(index));
    step(shelf, expect, [...content], () => shelf.set("text", longText(index)));
  }
}

const rewriteCatalog: Scenario = {
  create: (granularity) =>
    dram({
      granularity,
      image: imageAfter((shelf) => [1, 2, 3, 4].forEach((index) => shelf.set("text", longText(index)))),
    }),
  before: [contentOf([["text", longText(4)]])],
  run(shelf, expect) {
    for (const index of [5, 6, 7])
      step(shelf, expect, [["text", longText(index)]], () => shelf.set("text", longText(index)));
    const wide = Array.from({ length: 6 }, (_, index) => [`wide ${index}`, longText(index)] as [string, string]);
    step(shelf, expect, [...shelf, ...wide], () =>
      shelf.transaction(() => wide.forEach(([name, text]) => shelf.set(name, text))),
    );
  },
  after: changeUntilRewritten,
};

/** What a process leaves that was killed in the middle of a transaction. */
function killedInTransaction(granularity: Granularity): Region {
  const image = imageAfter((shelf, capture) => {
    shelf.set("x", new Uint8Array(100));
    shelf.transaction(() => {
      shelf.snapshot("x");
      (shelf.get("x") as Uint8Array).fill(1, 50);
      capture();
    });
  });
  return dram({ image, granularity });
}

const resume: Scenario = {
  create: killedInTransaction,
  before: [contentOf([["x", new Uint8Array(100)]])],
  run: changeInPlace,
};

/**
 * A shelf whose power failed while a frame was being written, so that one of its words is missing: one that the next frame
 * has too.
 */
function tornAtItsEnd(granularity: Granularity): Region {
  const region = simulatePowerFailure(dram({ size: shelfBytes }));
  const shelf = openShelf(region);
  for (const value of [0, 1]) shelf.set("x", value);
  const image = region.durableImage();
  const word = lastFrameOffset(image) + frame.generation.offset;
  image.fill(0, word, word + 8);
  return dram({ image, granularity });
}

/** What was torn must not become whole by the words of what is written over it. */
const overTorn: Scenario = {
  create: tornAtItsEnd,
  before: [contentOf([["x", 0]])],
  run: (shelf, expect) => step(shelf, expect, [["x", 2]], () => shelf.set("x", 2)),
};

/** Nothing of the old shelf may show, its open transaction included. */
const forceNew: Scenario = {
  create: killedInTransaction,
  before: [contentOf([["x", new Uint8Array(100)]]), ""],
  open: { forceNew: true },
  run(shelf, expect) {
    expect("");
    step(shelf, expect, [["x", new Uint8Array(100).fill(7)]], () => shelf.set("x", new Uint8Array(100).fill(7)));
  },
};

const grow: Scenario = {
  create: (granularity) => dram({ size: shelfBytes, capacity: 2 * shelfBytes, granularity }),
  run(shelf, expect) {
    shelf.grow(2 * shelfBytes);
    const bytes = new Uint8Array(50_000).fill(5);
    step(shelf, expect, [["x", bytes]], () => shelf.set("x", bytes));
  },
};

/** A type whose codec writes through the new extent's buffer. */
const writtenThroughBuffer: Codec = {
  type: "filled",
  shareable: true,
  accepts: (value) => value instanceof Filled,
  plan: (value) => ({ meta: new Uint8Array(0), byteLength: (value as Filled).length }),
  write: (_, sink) => void new Uint8Array(sink.buffer).fill(42),
  open: (stored) => new Uint8Array(stored.storage().buffer),
};

class Filled {
  readonly length: number;

  constructor(length: number) {
    this.length = length;
  }
}

const ownType: Scenario = {
  open: { types: [writtenThroughBuffer] },
  run(shelf, expect) {
    step(shelf, expect, [["x", new Uint8Array(150).fill(42)]], () => shelf.set("x", new Filled(150)));
  },
};

/** Runs `work` in a transaction that throws. */
function abort(shelf: Shelf, work: () => void): void {
  const reason = new Error("abort");
  try {
    shelf.transaction(() => {
      work();
      throw reason;
    });
  } catch (error) {
    if (error !== reason) throw error;
  }
}

/** Each of the shelf's orders of writes, alone. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  "creating a shelf": create,
  "setting, replacing, renaming and erasing": replaceAndErase,
  "changing bytes in place": inPlace,
  "changing bytes and names together": mixed,
  "many copies in one call": manyCopies,
  "a long frame of the catalog": longFrame,
  "a log larger than its lane": spill,
  "writing the catalog anew": rewriteCatalog,
  "going on after a kill in a transaction": resume,
  "writing over a torn frame": overTorn,
  "starting anew over an old shelf": forceNew,
  growing: grow,
  "a type of one's own": ownType,
  ...unsavedScenarios,
  ...shutdownScenarios,
  ...listScenarios,
  ...sealScenarios,
  ...spaceScenarios,
  ...besideScenarios,
};

/** Seeded operations over the whole interface. */
export function randomScenario(seed: number, count: number): Scenario {
  return {
    create: (granularity) => dram({ size: shelfBytes, capacity: 2 * shelfBytes, granularity }),
    run: (shelf, expect) => new RandomWorkload(seed).run(shelf, { expect }, count),
  };
}
