import { inspect } from "node:util";
import type { NDArray } from "./ndarray.ts";

/** Larger arrays are described without their elements. */
const printedSizeMax = 1000;

/** An array in words and, if it is small, its elements. */
export function inspectArray(array: NDArray): string {
  const place = array.storage === undefined ? "" : " on shelf";
  const title = `NDArray(${array.dtype}) [${array.shape.join(", ")}]${place}`;
  if (array.size > 0 && array.storage !== undefined && array.storage.buffer.byteLength === 0) return `${title}, gone`;
  if (array.size > printedSizeMax) return title;
  return `${title} ${inspect(array.toArray(), { depth: null, maxArrayLength: null })}`;
}
