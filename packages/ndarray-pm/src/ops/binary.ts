import { type DType, dtypeInfo } from "../dtype.ts";
import type { BinaryKernel, BinaryOperation } from "./kernel.ts";
import * as bigints from "./kernels-bigint.ts";
import * as floats from "./kernels-float.ts";
import * as integers from "./kernels-integer.ts";
import { specialise } from "./specialise.ts";
import type { View } from "../view.ts";

export type AnyBinary = BinaryKernel<View["data"]>;

type Table = Partial<Record<BinaryOperation, unknown>>;

const float32: Table = { ...floats, floorDivide: floats.floorDivideFloat32 };
const bool: Table = {
  add: integers.bitwiseOr,
  multiply: integers.bitwiseAnd,
  bitwiseAnd: integers.bitwiseAnd,
  bitwiseOr: integers.bitwiseOr,
  bitwiseXor: integers.bitwiseXor,
};

const specialised = new Map<string, AnyBinary>();

/** The inner loop of an operation on a dtype, specialised to it; undefined where the dtype has no such operation. */
export function binaryKernel(operation: BinaryOperation, dtype: DType): AnyBinary | undefined {
  const key = `${operation} ${dtype}`;
  let kernel = specialised.get(key);
  if (kernel === undefined) {
    const generic = tableOf(dtype)[operation] as AnyBinary | undefined;
    if (generic === undefined) return undefined;
    kernel = specialise(generic);
    specialised.set(key, kernel);
  }
  return kernel;
}

function tableOf(dtype: DType): Table {
  if (dtype === "float32") return float32;
  const { kind, scalar } = dtypeInfo(dtype);
  if (kind === "f") return floats;
  if (kind === "b") return bool;
  return scalar === "bigint" ? bigints : integers;
}
