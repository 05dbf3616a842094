/**
 * Rows far into a large array, shown from their own beginning: V8 reads elements at indices beyond 2^31, which are no small
 * integers to it, some forty times slower than others.
 */
import type { View } from "../view.ts";

/** Indices from here on are far. */
export const farIndex: number = 2 ** 30;

export interface NearRow {
  readonly data: View["data"];
  /** Index of the row's first element in {@link data}. */
  readonly at: number;
}

/** The window of `data` that a row of `count` elements takes; `words` items of the array are one element. */
export function nearRow(data: View["data"], at: number, step: number, count: number, words: number): NearRow {
  const span = Math.abs(step) * (count - 1);
  const low = step < 0 ? at - span : at;
  return { data: data.subarray(low * words, (low + span + 1) * words), at: at - low };
}
