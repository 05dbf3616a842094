/** Which loop a binary operation runs on which dtypes, and what dtype its result has: NumPy's tables. */
import { type DType, dtypeInfo } from "../dtype.ts";
import { nativeBinaryOf } from "../native/kernels.ts";
import { floatFor, resultType } from "../promotion.ts";
import type { View } from "../view.ts";
import {
  type ComparisonName,
  comparisons,
  complexComparison,
  type ExtremeName,
  extremes,
  type FloatFunctionName,
  floatFunctions,
  logic,
  type LogicName,
} from "./compare.ts";
import { loopDType, type LoopTypes } from "./evaluate.ts";
import type { BinaryKernel, BinaryLoop, BinaryOperation, KernelTable } from "./kernel.ts";
import { bigintKernels } from "./kernels-bigint.ts";
import { complexKernels } from "./kernels-complex.ts";
import { denseFloats, denseIntegers } from "./kernels-dense.ts";
import { float32Kernels, floatKernels } from "./kernels-float.ts";
import { boolKernels, integerKernels } from "./kernels-integer.ts";
import { binaryOf, denseOf, type ScalarFunction } from "./map.ts";
import { specialise } from "./specialise.ts";

/** Every binary operation, by NumPy's names. */
export type BinaryName = BinaryOperation | ComparisonName | LogicName | ExtremeName | FloatFunctionName;

/** What an operation on two dtypes runs, and the dtype that its result has before it is stored anywhere. */
export interface BinaryPlan {
  readonly loop: BinaryLoop;
  readonly types: LoopTypes;
  readonly result: DType;
}

/**
 * The plan of an operation on two dtypes.
 * @throws TypeError if NumPy has no such operation on them, or this package none
 */
export function planBinary(name: BinaryName, a: DType, b: DType): BinaryPlan {
  if (Object.hasOwn(comparisons, name)) return planComparison(name as ComparisonName, a, b);
  if (Object.hasOwn(logic, name)) {
    const inputs: DType[] = ["bool", "bool"];
    return plan(name, functionLoop(name, "bool", logic[name as LogicName]), inputs, "bool", "bool");
  }
  const promoted = resultType(a, b);
  if (Object.hasOwn(extremes, name)) {
    if (dtypeInfo(promoted).kind === "c") throw noLoop(name, promoted);
    return planSame(name, promoted, functionLoop(name, loopDType(promoted), extremes[name as ExtremeName]));
  }
  if (Object.hasOwn(floatFunctions, name)) {
    if (dtypeInfo(promoted).kind === "c") throw noLoop(name, promoted);
    const dtype = resultType(floatFor(dtypeInfo(a)), floatFor(dtypeInfo(b)));
    return planSame(name, dtype, functionLoop(name, loopDType(dtype), floatFunctions[name as FloatFunctionName]));
  }
  const dtype = arithmeticType(name as BinaryOperation, promoted);
  return planSame(name, dtype, arithmeticLoop(name as BinaryOperation, loopDType(dtype)));
}

function planSame(name: BinaryName, dtype: DType, loop: BinaryLoop | undefined): BinaryPlan {
  const compute = loopDType(dtype);
  return plan(name, loop, [compute, compute], compute, dtype);
}

function plan(
  name: BinaryName,
  loop: BinaryLoop | undefined,
  inputs: readonly DType[],
  output: DType,
  result: DType,
): BinaryPlan {
  if (loop === undefined) throw noLoop(name, result);
  return { loop, types: { inputs, output }, result };
}

function noLoop(name: BinaryName, dtype: DType): TypeError {
  const advice =
    dtype === "bool"
      ? "convert with astype first, or use bitwiseXor, logicalXor and their like"
      : dtypeInfo(dtype).kind === "c"
        ? "take the real part, or the absolute value"
        : "expected integers";
  return new TypeError(`${name} is not defined for ${dtype}; ${advice}`);
}

/** The dtype that arithmetic is done in: true division of integers is float64's, and some operations have no bool. */
function arithmeticType(name: BinaryOperation, promoted: DType): DType {
  const { kind } = dtypeInfo(promoted);
  if (name === "divide" && kind !== "f" && kind !== "c") return "float64";
  const asInt8 = name === "power" || name === "floorDivide" || name === "remainder" || /shift$/iu.test(name);
  return kind === "b" && asInt8 ? "int8" : promoted;
}

/** Signed and unsigned 64-bit integers have no common integer dtype, but are compared exactly. */
function planComparison(name: ComparisonName, a: DType, b: DType): BinaryPlan {
  const promoted = resultType(a, b);
  const whole = [a, b].every((dtype) => "iub".includes(dtypeInfo(dtype).kind));
  if (whole && promoted === "float64") {
    const inputs = [a, b].map((dtype): DType => (dtype === "uint64" ? "uint64" : "int64"));
    return plan(name, functionLoop(name, inputs.join(), comparisons[name]), inputs, "bool", "bool");
  }
  if (dtypeInfo(promoted).kind === "c") {
    if (name !== "equal" && name !== "notEqual") throw noLoop(name, promoted);
    const loop = cached(name, promoted, () => ({ strided: complexComparison(name), dense: undefined }));
    return plan(name, loop, [promoted, promoted], "bool", "bool");
  }
  const dtype = loopDType(promoted);
  return plan(name, functionLoop(name, dtype, comparisons[name]), [dtype, dtype], "bool", "bool");
}

const loops = new Map<string, BinaryLoop | undefined>();

function cached(name: BinaryName, dtype: string, make: () => BinaryLoop | undefined): BinaryLoop | undefined {
  const key = `${name} ${dtype}`;
  if (!loops.has(key)) loops.set(key, make());
  return loops.get(key);
}

function functionLoop(name: BinaryName, dtype: string, f: ScalarFunction): BinaryLoop {
  return cached(name, dtype, () => {
    const loop = binaryOf(f);
    const isBigInt = dtype.includes("64") && !dtype.startsWith("float");
    // Two dtypes: those of signed and unsigned 64 bits, which no kernel mixes.
    const native = dtype.includes(",") ? undefined : nativeBinaryOf(name, dtype as DType);
    return { strided: loop.strided, dense: isBigInt ? undefined : loop.dense, native };
  })!;
}

/** The loops of arithmetic on one dtype; undefined where the dtype has no such operation. */
function arithmeticLoop(name: BinaryOperation, dtype: DType): BinaryLoop | undefined {
  return cached(name, dtype, () => {
    const kernel = tableOf(dtype)[name] as BinaryKernel<View["data"]> | undefined;
    if (kernel === undefined) return undefined;
    const dense = denseTableOf(dtype)[name];
    return { strided: specialise(kernel), dense: dense && denseOf(dense), native: nativeBinaryOf(name, dtype) };
  });
}

function denseTableOf(dtype: DType): typeof denseFloats {
  const { kind, scalar } = dtypeInfo(dtype);
  if (kind === "f") return denseFloats;
  return scalar === "number" ? denseIntegers : {};
}

function tableOf(dtype: DType): KernelTable {
  if (dtype === "float32") return float32Kernels;
  const { kind, scalar } = dtypeInfo(dtype);
  if (kind === "c") return complexKernels;
  if (kind === "f") return floatKernels;
  if (kind === "b") return boolKernels;
  return scalar === "bigint" ? bigintKernels : integerKernels;
}
