import { type DType, dtypeInfo } from "../dtype.ts";
import type { View } from "../view.ts";
import type { BinaryKernel, BinaryOperation, DenseKernels, DenseTable, KernelTable } from "./kernel.ts";
import { bigintKernels } from "./kernels-bigint.ts";
import { denseFloatKernels, denseIntegerKernels } from "./kernels-dense.ts";
import { float32Kernels, floatKernels } from "./kernels-float.ts";
import { boolKernels, integerKernels } from "./kernels-integer.ts";
import { specialise } from "./specialise.ts";

export type AnyBinary = BinaryKernel<View["data"]>;

export type AnyDense = DenseKernels<View["data"]>;

const specialised = new Map<string, AnyBinary>();
const specialisedDense = new Map<string, AnyDense | undefined>();

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

/** The loops of an operation in place on neighbouring elements of a dtype; undefined where it has only the strided one. */
export function denseKernels(operation: BinaryOperation, dtype: DType): AnyDense | undefined {
  const key = `${operation} ${dtype}`;
  if (!specialisedDense.has(key)) {
    const generic = denseTableOf(dtype)[operation] as AnyDense | undefined;
    const loops = generic && {
      withArray: specialise(generic.withArray),
      withScalar: specialise(generic.withScalar),
    };
    specialisedDense.set(key, loops);
  }
  return specialisedDense.get(key);
}

function denseTableOf(dtype: DType): DenseTable {
  const { kind, scalar } = dtypeInfo(dtype);
  if (kind === "f") return denseFloatKernels;
  return kind === "b" || scalar === "bigint" ? {} : denseIntegerKernels;
}

function tableOf(dtype: DType): KernelTable {
  if (dtype === "float32") return float32Kernels;
  const { kind, scalar } = dtypeInfo(dtype);
  if (kind === "f") return floatKernels;
  if (kind === "b") return boolKernels;
  return scalar === "bigint" ? bigintKernels : integerKernels;
}
