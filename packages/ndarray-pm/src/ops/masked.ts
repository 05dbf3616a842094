/** Inner loops that store only where a mask is true. Each is self-contained, for `specialise`. */
import { type DType, dtypeInfo } from "../dtype.ts";
import type { View } from "../view.ts";
import { specialise } from "./specialise.ts";

/** `out[o] = a[i]` where `mask[m]` is not 0, for `count` elements of one dtype. */
export type MaskedStore = (
  out: View["data"],
  o: number,
  oStep: number,
  a: View["data"],
  i: number,
  iStep: number,
  mask: View["data"],
  m: number,
  mStep: number,
  count: number,
) => void;

const single: MaskedStore = function (out, o, oStep, a, i, iStep, mask, m, mStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep, m += mStep) if (mask[m] !== 0) out[o] = a[i];
};

const pair: MaskedStore = function (out, o, oStep, a, i, iStep, mask, m, mStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep, m += mStep) {
    if (mask[m] === 0) continue;
    out[2 * o] = a[2 * i];
    out[2 * o + 1] = a[2 * i + 1];
  }
};

const specialised = new Map<DType, MaskedStore>();

/** The masked store of a dtype. */
export function maskedStore(dtype: DType): MaskedStore {
  let kernel = specialised.get(dtype);
  if (kernel === undefined) {
    kernel = specialise(dtypeInfo(dtype).words === 2 ? pair : single);
    specialised.set(dtype, kernel);
  }
  return kernel;
}
