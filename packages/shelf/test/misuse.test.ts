import * as fc from "fast-check";
import { PmemError } from "@nodemm/pmem-native";
import { expect, test } from "vitest";
import { openShelf, type OpenShelfOptions, type Shelf, ShelfError } from "../src/index.ts";
import { afterPowerFailure, freshShelf } from "./support/durable.ts";
import { testimonyOf } from "./support/examine.ts";
import { WatchedRegion } from "./support/watched-region.ts";

const seed = Number(process.env["NODEMM_FUZZ_SEED"] ?? Date.now());

/** Stands for something that only the shelf of the run has. */
const ownHandle = Symbol("a handle of this shelf");
const ownShelf = Symbol("the shelf itself");

class Instance {
  readonly x = 1;
}

const names = ["a", "b", "c", "with space", "ü", "constructor", "__proto__", "", "\ud800", "n".repeat(70_000)];
const cyclic: unknown[] = [];
cyclic.push(cyclic);

/** Throws for whatever is done with it. */
const hostile: object = new Proxy(
  {},
  {
    get() {
      throw new RangeError("hostile");
    },
    ownKeys() {
      throw new RangeError("hostile");
    },
    getPrototypeOf() {
      throw new RangeError("hostile");
    },
  },
);

/** Names, numbers near every limit, values that can be stored, and values that cannot. */
const argument = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...names) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(0, 1, 7, 8, 63, 64, 65, 4096, 65_536, 2 ** 20, 2 ** 23, 2 ** 53 - 1, 2 ** 53),
  },
  { weight: 1, arbitrary: fc.constantFrom(-0, -1, 0.5, NaN, Infinity, -Infinity, 1e308, 2 ** 32, 2 ** 31) },
  {
    weight: 2,
    arbitrary: fc.constantFrom<unknown>(undefined, null, true, 0n, 2n ** 70n, Symbol.iterator, cyclic, hostile),
  },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 300 }) },
  { weight: 1, arbitrary: fc.float64Array({ maxLength: 30 }) },
  { weight: 1, arbitrary: fc.string({ maxLength: 700 }) },
  { weight: 1, arbitrary: fc.anything() },
  {
    weight: 2,
    arbitrary: fc.constantFrom<unknown>(
      ...[ownHandle, ownShelf, new Instance(), [new Instance()], new Date(NaN), /x/u, new Map(), new Set([1])],
      ...[
        new ArrayBuffer(8),
        new SharedArrayBuffer(8),
        new DataView(new ArrayBuffer(8)),
        new WeakMap(),
        Promise.resolve(),
      ],
      ...[new Uint8Array(new SharedArrayBuffer(64)), new Uint8Array(2 ** 21), "64 KiB", "2 MiB", "lots"],
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom<unknown>(
      () => 1,
      () => Promise.resolve(1),
      () => {
        throw new RangeError("thrown by the caller's function");
      },
    ),
  },
);

type Call = (shelf: Shelf, args: readonly unknown[]) => unknown;

function method(name: keyof Shelf): Call {
  return (shelf, args) => {
    const result: unknown = (shelf[name] as (...all: unknown[]) => unknown).apply(shelf, [...args]);
    return typeof result === "object" && result !== null && Symbol.iterator in result && !ArrayBuffer.isView(result)
      ? [...(result as Iterable<unknown>)]
      : result;
  };
}

/** Everything that can be called, but for what ends the run: `clear` and `close` stand alone below. */
const calls: Readonly<Record<string, Call>> = {
  ...Object.fromEntries(
    (["get", "set", "has", "delete", "rename", "keys", "values", "entries", "forEach"] as const).map((name) => [
      name,
      method(name),
    ]),
  ),
  ...Object.fromEntries(
    (["transaction", "snapshot", "persist", "info", "usage", "grow"] as const).map((name) => [name, method(name)]),
  ),
  iterate: (shelf) => [...shelf],
  facts: (shelf) => [shelf.source, shelf.uuid, shelf.durability, shelf.granularity, shelf.size, shelf.closed],
  "vars get": (shelf, [name]) => shelf.vars[name as string],
  "vars set": (shelf, [name, value]) => (shelf.vars[name as string] = value),
  "vars delete": (shelf, [name]) => delete shelf.vars[name as string],
  "vars has": (shelf, [name]) => (name as string) in shelf.vars,
  "vars define": (shelf, [name, value]) =>
    Object.defineProperty(shelf.vars, name as string, value as PropertyDescriptor),
  "vars enumerate": (shelf) => ({ ...shelf.vars }),
  "vars freeze": (shelf) => Object.freeze(shelf.vars),
};

function fill(shelf: Shelf): void {
  shelf.set(
    "kept bytes",
    Uint8Array.from({ length: 3000 }, (_, index) => index),
  );
  shelf
    .set("kept number", 1.5)
    .set("kept data", { list: [1, 2, 3] })
    .set("a", new Uint8Array(500))
    .set("b", 2);
}

function keptOf(shelf: Shelf): unknown {
  return [shelf.get("kept bytes"), shelf.get("kept number"), shelf.get("kept data"), shelf.info("kept bytes")?.version];
}

/** Runs one call, alone or inside a transaction, and tells what kind of error came out, if any. */
function outcomeOf(shelf: Shelf, name: string, args: readonly unknown[], isInside: boolean): string {
  const given = args.map((each) => (each === ownHandle ? shelf.get("kept bytes") : each === ownShelf ? shelf : each));
  try {
    if (isInside) shelf.transaction(() => calls[name](shelf, given));
    else calls[name](shelf, given);
    return "returns";
  } catch (error) {
    const isExpected = [TypeError, RangeError, ShelfError, PmemError].some((kind) => error instanceof kind);
    if (!isExpected || (error as Error).message === "") {
      throw new Error(`${name} threw ${error instanceof Error ? error.stack : String(error)}`, { cause: error });
    }
    return "throws";
  }
}

/** Calls that chance may miss: each method that can fail, with good arguments and with bad ones. */
const certainCalls: readonly [name: string, args: unknown[], isInside: boolean][] = [
  ["set", ["a", 1], false],
  ["set", ["", 1], false],
  ["rename", ["a", "c"], false],
  ["rename", ["none", "c"], false],
  ["delete", ["c"], false],
  ["transaction", [() => 1], false],
  ["transaction", [1], false],
  ["snapshot", ["kept bytes"], true],
  ["snapshot", ["kept bytes"], false],
  ["persist", ["kept bytes"], false],
  ["persist", ["none"], false],
  ["grow", [2 ** 20], false],
  ["grow", [-1], false],
  ["vars set", ["b", 2], false],
  ["vars set", ["", 2], false],
  ["vars define", ["a", {}], false],
];

test("whatever the arguments, every method returns or throws a typed error, and the shelf stays right", () => {
  const { shelf, region } = freshShelf();
  fill(shelf);
  const kept = JSON.stringify(keptOf(shelf));
  const outcomes = new Set<string>();
  let runs = 0;
  const list = fc.tuple(fc.constantFrom(...Object.keys(calls)), fc.array(argument, { maxLength: 4 }), fc.boolean());
  fc.assert(
    fc.property(list, ([name, args, isInside]) => {
      outcomes.add(`${name} ${outcomeOf(shelf, name, args, isInside)}`);
      expect(JSON.stringify(keptOf(shelf))).toBe(kept);
      if (++runs % 500 === 0) expect(testimonyOf(afterPowerFailure(region))).toStrictEqual(testimonyOf(shelf));
    }),
    { seed, numRuns: 6000, examples: certainCalls.map((call) => [call]) },
  );
  // Both sides of the methods that can fail were walked, so the arguments were neither all good nor all bad.
  for (const name of [
    "set",
    "delete",
    "rename",
    "transaction",
    "snapshot",
    "persist",
    "grow",
    "vars set",
    "vars define",
  ]) {
    const wanted = name === "vars define" ? ["throws"] : name === "delete" ? ["returns"] : ["returns", "throws"];
    for (const each of wanted) expect([...outcomes], `seed ${seed}`).toContain(`${name} ${each}`);
  }
  expect(testimonyOf(afterPowerFailure(region))).toStrictEqual(testimonyOf(shelf));
  shelf.set("still", "usable");
  expect(afterPowerFailure(region).get("still")).toBe("usable");
}, 120_000);

test("on a closed shelf, whatever the arguments, the same kinds of errors come out and nothing returns a value", () => {
  const { shelf } = freshShelf();
  fill(shelf);
  shelf.close();
  const list = fc.tuple(
    fc.constantFrom("get", "set", "delete", "rename", "snapshot", "persist", "transaction"),
    fc.array(argument),
  );
  fc.assert(
    fc.property(list, ([name, args]) => {
      const given = args.filter((each) => each !== ownHandle && each !== ownShelf);
      expect(outcomeOf(shelf, name, given, false)).toBe("throws");
    }),
    { seed, numRuns: 1000 },
  );
});

test("clear and close ignore arguments", () => {
  const { shelf, region } = freshShelf();
  fill(shelf);
  method("clear")(shelf, ["a", NaN, hostile]);
  expect(afterPowerFailure(region).size).toBe(0);
  method("close")(shelf, [hostile]);
  expect(shelf.closed).toBe(true);
});

test("whatever the options, openShelf throws only typed errors, and what it refuses is untouched and released", () => {
  const image = Uint8Array.from({ length: 70_000 }, () => 0);
  const anything = fc.record({ size: argument, forceNew: argument, types: argument }, { requiredKeys: [] });
  let opened = 0;
  fc.assert(
    fc.property(fc.oneof(anything, argument), (given) => {
      const options = given === ownHandle || given === ownShelf ? undefined : given;
      const region = new WatchedRegion(image);
      try {
        openShelf(region, options as OpenShelfOptions).close();
        opened++;
        return true;
      } catch (error) {
        if (region.written || !region.closed) return false;
        return [TypeError, RangeError, ShelfError, PmemError].some((kind) => error instanceof kind);
      }
    }),
    { seed, numRuns: 2000 },
  );
  expect(opened, `seed ${seed}`).toBeGreaterThan(0);
});
