import { decodeBFloat16, encodeBFloat16 } from "../bfloat16.ts";
import { type DType, dtypeInfo } from "../dtype.ts";
import { decodeFloat16, encodeFloat16, hasFloat16Array } from "../float16.ts";
import { forEachRow } from "../iterate.ts";
import type { View } from "../view.ts";
import {
  bigIntToBigInt,
  bigIntToBool,
  bigIntToFloat,
  bigIntToFloat32,
  bigIntToInteger,
  complexToBool,
  complexToComplex,
  complexToNumber,
  type ConvertKernel,
  numberToBigInt,
  numberToBool,
  numberToComplex,
  numberToNumber,
} from "./kernels-convert.ts";
import { farIndex, nearRow } from "./near.ts";
import { specialise } from "./specialise.ts";

export type AnyConvert = ConvertKernel<View["data"], View["data"]>;

/** Rows from this length on are worth a call of the engine's own memory copy. */
const blockCopyLength = 32;

/** Elements converted at a time where two conversions follow each other. */
const chunkLength = 1024;

const specialised = new Map<string, AnyConvert>();

/** The loop that copies elements of `from` into `to`, specialised to the two. */
export function convertKernel(to: DType, from: DType): AnyConvert {
  const key = `${to} ${from}`;
  let kernel = specialised.get(key);
  if (kernel === undefined) {
    kernel = makeKernel(to, from);
    specialised.set(key, kernel);
  }
  return kernel;
}

/** Whether the typed array of a dtype holds bits that are no number until they are decoded. */
export function isEncoded(dtype: DType): boolean {
  return dtype === "bfloat16" || (dtype === "float16" && !hasFloat16Array);
}

function makeKernel(to: DType, from: DType): AnyConvert {
  const target = dtypeInfo(to);
  const source = dtypeInfo(from);
  if (to === from) return specialise((target.words === 2 ? complexToComplex : sameKernel(to)) as AnyConvert);
  if (isEncoded(from)) {
    const decode = from === "bfloat16" ? decodeBFloat16 : decodeFloat16;
    return to === "float32" || to === "float64" ? (decode as AnyConvert) : through("float32", to, from);
  }
  if (isEncoded(to)) {
    const encode = to === "bfloat16" ? encodeBFloat16 : encodeFloat16;
    if (from === "float32" || from === "float64") return encode as AnyConvert;
    return through(source.scalar === "bigint" ? "float32" : "float64", to, from);
  }
  if (target.kind === "c") {
    if (source.scalar === "bigint") return through(to === "complex64" ? "float32" : "float64", to, from);
    return specialise((source.kind === "c" ? complexToComplex : numberToComplex) as AnyConvert);
  }
  if (source.kind === "c") {
    if (target.scalar === "bigint") return through("float64", to, from);
    return specialise((target.kind === "b" ? complexToBool : complexToNumber) as AnyConvert);
  }
  return specialise(realKernel(to, from));
}

function sameKernel(dtype: DType): unknown {
  return dtypeInfo(dtype).scalar === "bigint" ? bigIntToBigInt : numberToNumber;
}

/** Between real dtypes whose typed arrays hold the values themselves. */
function realKernel(to: DType, from: DType): AnyConvert {
  const target = dtypeInfo(to);
  const source = dtypeInfo(from);
  let kernel: unknown = numberToNumber;
  if (target.scalar === "bigint") kernel = source.scalar === "bigint" ? bigIntToBigInt : numberToBigInt;
  else if (source.scalar !== "bigint")
    kernel = target.kind === "b" && source.kind !== "b" ? numberToBool : numberToNumber;
  else if (target.kind === "b") kernel = bigIntToBool;
  else if (to === "float32") kernel = bigIntToFloat32;
  else kernel = target.kind === "f" ? bigIntToFloat : bigIntToInteger;
  return kernel as AnyConvert;
}

/** Two conversions in a row, a chunk at a time, for the pairs of dtypes that have no loop of their own. */
function through(middle: DType, to: DType, from: DType): AnyConvert {
  const load = convertKernel(middle, from);
  const store = convertKernel(to, middle);
  return (out, o, oStep, a, i, iStep, count) => {
    const chunk = dtypeInfo(middle).allocate(Math.min(chunkLength, count));
    for (let done = 0; done < count; done += chunkLength) {
      const length = Math.min(chunkLength, count - done);
      load(chunk, 0, 1, a, i + done * iStep, iStep, length);
      store(out, o + done * oStep, oStep, chunk, 0, 1, length);
    }
  };
}

/** Stores the elements of `source` in those of `target`, which has the same shape and shares no element with it. */
export function copyElements(target: View, source: View): void {
  const kernel = convertKernel(target.dtype, source.dtype);
  const block = target.dtype === source.dtype || (target.dtype !== "bool" && sameBits(target.dtype, source.dtype));
  const { words } = dtypeInfo(target.dtype);
  const strides = [target.stride, source.stride];
  forEachRow(target.shape, strides, [target.offset, source.offset], (count, at, step) => {
    const from = at[1];
    if (block && step[0] === 1 && step[1] === 1 && count >= blockCopyLength) {
      target.data.set(source.data.subarray(from * words, (from + count) * words) as never, at[0] * words);
    } else if (at[0] < farIndex && from < farIndex) {
      kernel(target.data, at[0], step[0], source.data, from, step[1], count);
    } else {
      const to = nearRow(target.data, at[0], step[0], count, words);
      const near = nearRow(source.data, from, step[1], count, dtypeInfo(source.dtype).words);
      kernel(to.data, to.at, step[0], near.data, near.at, step[1], count);
    }
  });
}

/** Whether casting keeps the bits, so that bytes can be copied: integers of one width, and bool to 8 bits. */
function sameBits(to: DType, from: DType): boolean {
  const target = dtypeInfo(to);
  const source = dtypeInfo(from);
  const whole = (kind: string): boolean => kind === "i" || kind === "u" || kind === "b";
  return target.itemsize === source.itemsize && whole(target.kind) && whole(source.kind);
}
