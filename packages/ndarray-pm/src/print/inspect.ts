import { ElementAccess } from "../element-access.ts";
import type { NDArray } from "../ndarray.ts";
import { arrayRepr, arrayStr } from "./array2string.ts";

/** Larger arrays that were never used are not made for being printed. */
const madeForPrintingMax = 1 << 20;

/** What can be said of an array without its elements, or undefined where they are there to be shown. */
function withoutElements(array: NDArray): string | undefined {
  const title = `NDArray(${array.dtype}) [${array.shape.join(", ")}]`;
  if (array.size === 0) return undefined;
  if (array.storage !== undefined && array.storage.buffer.byteLength === 0) return `${title} on shelf, gone`;
  const isMade = ElementAccess.recipeOf(array) === undefined;
  return isMade || array.size <= madeForPrintingMax ? undefined : `${title}, not made yet`;
}

/** What `console.log` prints: NumPy's `repr`, and where the elements are. */
export function inspectArray(array: NDArray, depth: number): string {
  if (depth < 0) return `[NDArray(${array.dtype}) [${array.shape.join(", ")}]]`;
  return withoutElements(array) ?? arrayRepr(array) + (array.storage === undefined ? "" : " on shelf");
}

/** What `String(x)` gives: NumPy's `str`. */
export function stringOf(array: NDArray): string {
  return withoutElements(array) ?? arrayStr(array);
}
