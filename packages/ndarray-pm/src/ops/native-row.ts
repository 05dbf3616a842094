/** Rows of neighbours that the addon folds, and how what it gives goes together with what has been folded before. */
import { type DType, dtypeInfo } from "../dtype.ts";
import { type FoldCodeName, isPlain } from "../native/codes.ts";
import { runFold } from "../native/kernels.ts";
import type { Row } from "./fold.ts";

type Value = number | bigint;

interface NativeFold {
  readonly code: FoldCodeName;
  readonly join: (sofar: Value, value: Value) => Value;
}

const add: NativeFold = { code: "sum", join: (sofar, value) => (sofar as number) + Number(value) };
const addBigInts: NativeFold = {
  code: "sum",
  join: (sofar, value) => BigInt.asIntN(64, (sofar as bigint) + (value as bigint)),
};
const least: NativeFold = { code: "minimum", join: (sofar, value) => better(sofar, value, value < sofar) };
const most: NativeFold = { code: "maximum", join: (sofar, value) => better(sofar, value, value > sofar) };

/** By the names that fold kernels are specialised under. */
const folds: Readonly<Record<string, NativeFold>> = {
  sum: add,
  sumMany: addBigInts,
  sumBigInts: addBigInts,
  minimum: least,
  minimumBigInts: least,
  maximum: most,
  maximumBigInts: most,
  any: { code: "any", join: (sofar, value) => (sofar === 0 ? value : 1) },
  all: { code: "all", join: (sofar, value) => (sofar === 0 ? 0 : value) },
};

/** NaN, once found, stays. */
function better(sofar: Value, value: Value, isBetter: boolean): Value {
  if (sofar !== sofar) return sofar;
  return isBetter || value !== value ? value : sofar;
}

/** `row`, but for long rows of neighbours the addon's fold of that name, if it has one for elements of `dtype`. */
export function nativeRow<Result>(name: string, dtype: DType, row: Row<Result>): Row<Result> {
  const native = Object.hasOwn(folds, name) && isPlain(dtype) ? folds[name] : undefined;
  if (native === undefined) return row;
  const { kind, min, max } = dtypeInfo(dtype);
  // Integers that are summed as floating point: the same only while no sum needs to be rounded.
  const magnitude = native === add && kind !== "f" ? Math.max(-Number(min), Number(max)) : 0;
  return (accumulator, data, i, step, count) => {
    const isExact = count * magnitude <= Number.MAX_SAFE_INTEGER;
    const value = step === 1 && isExact ? runFold(native.code, data, i, count) : undefined;
    if (value === undefined) return row(accumulator, data, i, step, count);
    return native.join(accumulator as Value, value) as Result;
  };
}
