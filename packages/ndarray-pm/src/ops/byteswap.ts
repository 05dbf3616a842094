import { dtypeInfo } from "../dtype.ts";
import { forEachRow } from "../iterate.ts";
import { atomically } from "../runs.ts";
import type { View } from "../view.ts";

/** Reverses the bytes of every number, of each half of complex ones; failure-atomic on a shelf. */
export function byteswap(view: View): void {
  const { itemsize, words } = dtypeInfo(view.dtype);
  const width = itemsize / words;
  if (width === 1) return;
  const bytes = new Uint8Array(view.data.buffer, view.data.byteOffset, view.data.byteLength);
  atomically(view, () => {
    forEachRow(view.shape, [view.stride], [view.offset], (count, at, step) => {
      for (let k = 0; k < count; k++) {
        const begin = (at[0] + k * step[0]) * itemsize;
        for (let word = begin; word < begin + itemsize; word += width) bytes.subarray(word, word + width).reverse();
      }
    });
  });
}
