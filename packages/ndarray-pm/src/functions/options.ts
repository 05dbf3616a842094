import { makeArray } from "../make-array.ts";
import type { NDArray } from "../ndarray.ts";
import { checkOptions } from "../options.ts";
import type { Operand } from "../ops/operand.ts";
import type { View } from "../view.ts";

/** Where the result of an elementwise function goes. */
export interface ElementwiseOptions {
  /**
   * An array that takes the result, of the operands' shape and of a dtype that holds it: `{ out: x }` works in place.
   * Failure-atomic on a shelf.
   */
  readonly out?: NDArray | undefined;
  /** A mask of bool that broadcasts: where it is false, `out` stays as it is, and a new array is 0. */
  readonly where?: Operand | undefined;
}

const elementwise = ["out", "where"];

/** @throws TypeError for anything but the options that elementwise functions have, such as an array as NumPy's third argument */
export function checkElementwise(name: string, options: unknown): void {
  checkOptions(name, options, elementwise);
}

/** The result as an array: `out` itself, or a new one. */
export function resultOf(view: View, { out }: { readonly out?: NDArray | undefined }): NDArray {
  return out ?? makeArray(view);
}
