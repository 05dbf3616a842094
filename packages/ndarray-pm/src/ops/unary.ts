/** Which loop a unary operation runs on which dtype, and what dtype its result has: NumPy's tables. */
import { type DType, type DTypeInfo, dtypeInfo, isHalf } from "../dtype.ts";
import { floatFor } from "../promotion.ts";
import { loopDType, type LoopTypes } from "./evaluate.ts";
import type { UnaryLoop } from "./kernel.ts";
import { complexUnary } from "./kernels-complex-unary.ts";
import { unaryOf } from "./map.ts";
import { specialise } from "./specialise.ts";

type Function1 = (x: never) => number | bigint;

type FloatFunctionName =
  | "sqrt"
  | "cbrt"
  | "exp"
  | "exp2"
  | "expm1"
  | "log"
  | "log2"
  | "log10"
  | "log1p"
  | "sin"
  | "cos"
  | "tan"
  | "arcsin"
  | "arccos"
  | "arctan"
  | "sinh"
  | "cosh"
  | "tanh"
  | "arcsinh"
  | "arccosh"
  | "arctanh"
  | "deg2rad"
  | "rad2deg"
  | "rint";
type SameFunctionName =
  "negative" | "positive" | "absolute" | "sign" | "square" | "reciprocal" | "floor" | "ceil" | "trunc";
type TestName = "isnan" | "isinf" | "isfinite" | "signbit";

/** Of floating point; integers are converted to the float dtype that holds them. */
const floatFunctions: Readonly<Record<FloatFunctionName, Function1>> = {
  sqrt: Math.sqrt,
  cbrt: Math.cbrt,
  exp: Math.exp,
  exp2: (x: number) => 2 ** x,
  expm1: Math.expm1,
  log: Math.log,
  log2: Math.log2,
  log10: Math.log10,
  log1p: Math.log1p,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  arcsin: Math.asin,
  arccos: Math.acos,
  arctan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  arcsinh: Math.asinh,
  arccosh: Math.acosh,
  arctanh: Math.atanh,
  deg2rad: (x: number) => x * (Math.PI / 180),
  rad2deg: (x: number) => x * (180 / Math.PI),
  // Half-way cases to even: adding 2^52 leaves no room for a fraction, and the sign of a zero is kept.
  rint: (x: number) => {
    const size = Math.abs(x);
    if (!(size < 2 ** 52)) return x;
    const whole = size + 2 ** 52 - 2 ** 52;
    return x < 0 || Object.is(x, -0) ? -whole : whole;
  },
};

/** Of every real dtype, which they keep: what to do to numbers, and to bigints. */
const sameFunctions: Readonly<Record<SameFunctionName, readonly [ofNumbers: Function1, ofBigInts: Function1]>> = {
  negative: [(x: number) => -x, (x: bigint) => BigInt.asIntN(64, -x)],
  positive: [(x: number) => x, (x: bigint) => x],
  absolute: [Math.abs, (x: bigint) => BigInt.asIntN(64, x < 0n ? -x : x)],
  sign: [(x: number) => (x > 0 ? 1 : x < 0 ? -1 : x === 0 ? 0 : NaN), (x: bigint) => (x > 0n ? 1n : x < 0n ? -1n : 0n)],
  square: [(x: number) => x * x, (x: bigint) => BigInt.asIntN(64, x * x)],
  reciprocal: [(x: number) => 1 / x, (x: bigint) => (x === 0n ? 0n : 1n / x)],
  floor: [Math.floor, (x: bigint) => x],
  ceil: [Math.ceil, (x: bigint) => x],
  trunc: [Math.trunc, (x: bigint) => x],
};

/** Of floating point, giving bool. */
const tests: Readonly<Record<TestName, Function1>> = {
  isnan: (x: number) => (x !== x ? 1 : 0),
  isinf: (x: number) => (x === Infinity || x === -Infinity ? 1 : 0),
  isfinite: (x: number) => (x - x === 0 ? 1 : 0),
  signbit: (x: number) => (x < 0 || Object.is(x, -0) ? 1 : 0),
};

/** Every unary operation, by NumPy's names. */
export type UnaryName = FloatFunctionName | SameFunctionName | TestName | "logicalNot" | "invert" | "conjugate";

/** What an operation on a dtype runs, and the dtype that its result has before it is stored anywhere. */
export interface UnaryPlan {
  readonly loop: UnaryLoop;
  readonly types: LoopTypes;
  readonly result: DType;
}

/**
 * The plan of an operation on a dtype.
 * @throws TypeError if NumPy has no such operation on it, or this package none
 */
export function planUnary(name: UnaryName, dtype: DType): UnaryPlan {
  const info = dtypeInfo(dtype);
  if (name === "logicalNot") return plan(name, "bool", "bool", (x: number) => x ^ 1);
  if (name === "invert") return planInvert(info);
  if (info.kind === "c") return planComplex(name, info);
  if (name === "conjugate") {
    // NumPy has no such loop of bool; that of the narrowest integers takes its place.
    return info.kind === "b" ? plan(name, "int8", "int8", (x: number) => x) : planSame("positive", info);
  }
  if (isIn(tests, name)) return plan(name, info.kind === "f" ? loopDType(dtype) : "float64", "bool", tests[name]);
  if (isIn(sameFunctions, name)) return planSame(name, info);
  const result = floatFor(info);
  return plan(name, loopDType(result), result, floatFunctions[name]);
}

function isIn<Table extends object>(table: Table, name: PropertyKey): name is keyof Table {
  return Object.hasOwn(table, name);
}

function planSame(name: SameFunctionName, info: DTypeInfo): UnaryPlan {
  const { kind } = info;
  if (kind === "b" && (name === "negative" || name === "positive" || name === "sign")) {
    throw new TypeError(`${name} is not defined for bool; use logicalNot, or convert with astype first`);
  }
  // NumPy has no loops of bool for these.
  const dtype = kind === "b" && (name === "square" || name === "reciprocal") ? "int8" : info.name;
  const [ofNumbers, ofBigInts] = sameFunctions[name];
  if (dtypeInfo(dtype).scalar === "bigint") return plan(name, dtype, dtype, ofBigInts);
  const isWhole = kind !== "f";
  if (isWhole && name === "square") return plan(name, dtype, dtype, (x: number) => Math.imul(x, x));
  if (isWhole && name === "reciprocal")
    return plan(name, dtype, dtype, (x: number) => (x === 0 ? 0 : Math.trunc(1 / x)));
  return plan(name, loopDType(dtype), dtype, ofNumbers);
}

function planInvert({ name, kind, scalar }: DTypeInfo): UnaryPlan {
  if (kind === "f" || kind === "c") throw new TypeError(`invert is not defined for ${name}; expected integers or bool`);
  if (kind === "b") return plan("logicalNot", "bool", "bool", (x: number) => x ^ 1);
  return plan("invert", name, name, scalar === "bigint" ? (x: bigint) => ~x : (x: number) => ~x);
}

function planComplex(name: UnaryName, { name: dtype }: DTypeInfo): UnaryPlan {
  const kernel = complexUnary[name];
  if (kernel === undefined) {
    throw new TypeError(`${name} is not defined for ${dtype} here; take real, imag or absolute values`);
  }
  const toReal = name === "absolute" ? (dtype === "complex64" ? "float32" : "float64") : undefined;
  const output: DType = isIn(tests, name) ? "bool" : (toReal ?? dtype);
  const key = `${name} ${dtype}`;
  let loop = loops.get(key);
  if (loop === undefined) loops.set(key, (loop = { strided: specialise(kernel) as never, dense: undefined }));
  return { loop, types: { inputs: [dtype], output }, result: output };
}

const loops = new Map<string, UnaryLoop>();

function plan(name: UnaryName, compute: DType, result: DType, f: Function1): UnaryPlan {
  const key = `${name} ${compute}`;
  let loop = loops.get(key);
  if (loop === undefined) loops.set(key, (loop = unaryOf(f)));
  return { loop, types: { inputs: [compute], output: isHalf(result) ? compute : result }, result };
}
