import { type DType, dtypeInfo } from "../dtype.ts";
import { forEachRow } from "../iterate.ts";
import type { View } from "../view.ts";
import {
  bigIntToBigInt,
  bigIntToBool,
  bigIntToFloat,
  bigIntToInteger,
  type ConvertKernel,
  numberToBigInt,
  numberToBool,
  numberToNumber,
} from "./kernels-convert.ts";
import { specialise } from "./specialise.ts";

type AnyConvert = ConvertKernel<View["data"], View["data"]>;

/** Rows from this length on are worth a call of the engine's own memory copy. */
const blockCopyLength = 32;

const specialised = new Map<string, AnyConvert>();

/** The loop that copies elements of `from` into `to`, specialised to the two. */
export function convertKernel(to: DType, from: DType): AnyConvert {
  const key = `${to} ${from}`;
  let kernel = specialised.get(key);
  if (kernel === undefined) {
    kernel = specialise(chooseKernel(to, from));
    specialised.set(key, kernel);
  }
  return kernel;
}

function chooseKernel(to: DType, from: DType): AnyConvert {
  const target = dtypeInfo(to);
  const source = dtypeInfo(from);
  const chosen: unknown =
    source.scalar === "bigint"
      ? { b: bigIntToBool, f: bigIntToFloat, u: bigIntToInteger, i: bigIntToInteger }[target.kind]
      : target.kind === "b" && source.kind !== "b"
        ? numberToBool
        : numberToNumber;
  if (target.scalar === "bigint") return (source.scalar === "bigint" ? bigIntToBigInt : numberToBigInt) as AnyConvert;
  return chosen as AnyConvert;
}

/** Stores the elements of `source` in those of `target`, which has the same shape and shares no element with it. */
export function copyElements(target: View, source: View): void {
  const kernel = convertKernel(target.dtype, source.dtype);
  const block = target.dtype === source.dtype || (target.dtype !== "bool" && sameBits(target.dtype, source.dtype));
  const strides = [target.stride, source.stride];
  forEachRow(target.shape, strides, [target.offset, source.offset], (count, at, step) => {
    const from = at[1];
    if (block && step[0] === 1 && step[1] === 1 && count >= blockCopyLength) {
      target.data.set(source.data.subarray(from, from + count) as never, at[0]);
    } else {
      kernel(target.data, at[0], step[0], source.data, from, step[1], count);
    }
  });
}

/** Whether casting keeps the bits, so that bytes can be copied: integers of one width, and bool to 8 bits. */
function sameBits(to: DType, from: DType): boolean {
  const target = dtypeInfo(to);
  const source = dtypeInfo(from);
  return target.itemsize === source.itemsize && target.kind !== "f" && source.kind !== "f";
}
