import { type List, list } from "@nodemm/shelf";
import type { Random } from "./random.ts";

/** How large a workload's values are. */
export interface ValueScale {
  /** Values are made from numbers below this. */
  readonly numberLimit: number;
  readonly wordsLimit: number;
  /** Lengths of byte arrays lie below one of these. */
  readonly bytesLimits: readonly number[];
}

/** One kind of value that a shelf keeps. */
interface ValueKind {
  readonly name: string;
  /** How often it comes, against the others. */
  readonly weight: number;
  readonly make: (number: number, scale: ValueScale) => unknown;
}

/** What typed arrays of a few elements are made of. */
const elementKinds = [
  Int8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
] as const;

/**
 * Every kind of value that a shelf keeps by itself. A kind that is added here is set, replaced, renamed, erased and
 * compared by every random workload: nothing else is needed.
 */
const valueKinds: readonly ValueKind[] = [
  {
    name: "bytes",
    weight: 6,
    make: (number, { bytesLimits }) =>
      new Uint8Array(number % bytesLimits[number % bytesLimits.length]).fill(number % 256),
  },
  { name: "number", weight: 4, make: (number) => number },
  { name: "number of all bits", weight: 1, make: (number) => [-0.5, -0, NaN, Infinity, 5e-324, 2 ** 53][number % 6] },
  { name: "text", weight: 4, make: (number, { wordsLimit }) => "text ".repeat(number % wordsLimit) },
  { name: "text beyond ASCII", weight: 1, make: (number) => `Grüße ${number}, 世界` },
  { name: "plain object", weight: 3, make: (number) => ({ number, list: [number, null, true] }) },
  {
    name: "plain containers",
    weight: 1,
    make: (number) => new Map<unknown, unknown>([[new Date(number), new Set([number, "set"])]]),
  },
  { name: "bigint", weight: 1, make: (number) => BigInt(number) ** 9n },
  { name: "nothing or truth", weight: 1, make: (number) => [null, true, false][number % 3] },
  {
    name: "typed array",
    weight: 2,
    make: (number) => new elementKinds[number % elementKinds.length](1 + (number % 20)).fill(number % 100),
  },
  {
    name: "plain data with arrays",
    weight: 2,
    make: (number) => ({
      number,
      array: new Float64Array(1 + (number % 30)).fill(number),
      text: ["t".repeat(number % 70)],
    }),
  },
  {
    name: "list",
    weight: 3,
    make: (number) => list([number, "item", new Uint8Array(number % 90).fill(number % 256)].slice(0, number % 4)),
  },
  {
    name: "typed array of bigints",
    weight: 1,
    make: (number) => new BigInt64Array(1 + (number % 5)).fill(-BigInt(number)),
  },
];

const weightSum = valueKinds.reduce((sum, { weight }) => sum + weight, 0);

export function randomValue(random: Random, scale: ValueScale): unknown {
  const number = random.below(scale.numberLimit);
  let roll = random.below(weightSum);
  for (const { weight, make } of valueKinds) {
    if (roll < weight) return make(number, scale);
    roll -= weight;
  }
  throw new RangeError("weights must be whole numbers");
}

/** Whether a value is a list, on a shelf or in a model. */
export function isList(value: unknown): value is List {
  return typeof (value as Partial<List> | null)?.append === "function";
}

/** Whether a value is plain data with arrays in it, as made here. */
export function holdsArray(value: unknown): boolean {
  return typeof value === "object" && value !== null && "array" in value;
}

/** A value as text: two values are the same if their texts are. */
export function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (Object.is(value, -0)) return "-0";
  if (typeof value !== "object" || value === null) return String(value);
  if (ArrayBuffer.isView(value)) {
    const { buffer, byteOffset, byteLength } = value;
    return `${value.constructor.name} ${Buffer.from(buffer, byteOffset, byteLength).toString("hex")}`;
  }
  if (isList(value)) return `List [${value.toArray().map(shown).join()}]`;
  if (value instanceof Date) return `Date ${value.getTime()}`;
  if (Array.isArray(value)) return `[${value.map(shown).join()}]`;
  if (value instanceof Set) return `Set [${[...value].map(shown).join()}]`;
  if (value instanceof Map) return `Map {${[...value].map((entry) => entry.map(shown).join(":")).join()}}`;
  return `{${Object.entries(value)
    .map(([key, each]) => `${key}:${shown(each)}`)
    .join()}}`;
}
