import { describe, type DType, dtypeInfo } from "../dtype.ts";
import { ElementAccess } from "../element-access.ts";
import type { NDArray } from "../ndarray.ts";
import { checkOptions } from "../options.ts";
import { type Scalar, scalarAt } from "../scalar.ts";
import type { View } from "../view.ts";
import { bracketed } from "./bracketed.ts";
import { elementFormat, scalarElementText } from "./element-format.ts";

/** How arrays are written: the options of `np.set_printoptions`, for one call. */
export interface PrintOptions {
  /** Digits behind the point, at most: 8. Numbers that need fewer are written with fewer. */
  readonly precision?: number;
  /** Arrays of more elements are summarised: 1000. `Infinity` writes everything. */
  readonly threshold?: number;
  /** Items at each end of an axis that a summary shows: 3. */
  readonly edgeitems?: number;
  /** Characters in a line: 75. */
  readonly linewidth?: number;
  /** Writes small numbers as 0 rather than all numbers with exponents: false. */
  readonly suppress?: boolean;
  /** What stands between elements: a space. */
  readonly separator?: string;
}

interface Frame {
  readonly prefix: string;
  readonly suffix: string;
}

const defaults = { precision: 8, threshold: 1000, edgeitems: 3, linewidth: 75, suppress: false, separator: " " };

/** Dtypes that the elements show by themselves, so that `repr` does not name them. */
const impliedDTypes = new Set<DType>(["bool", "int64", "float64", "complex128"]);

/**
 * The elements as NumPy's `np.array2string` writes them: aligned, and summarised above 1000 elements, of which only those
 * shown are read.
 *
 *     array2string(linspace(0, 1, 4), { precision: 3 }) // "[0.    0.333 0.667 1.   ]"
 *
 * @throws TypeError, RangeError for impossible options; ShelfError `ERR_SHELF_ERASED`, `ERR_SHELF_CLOSED`
 */
export function array2string(array: NDArray, options: PrintOptions = {}): string {
  return elementsText(array, checked("array2string", options), { prefix: "", suffix: "" });
}

/**
 * The array as NumPy's `repr` writes it: `array([1., 2.], dtype=float32)`, with the dtype where the elements do not show
 * it, and the shape where they are summarised or there are none.
 * @throws as {@link array2string}
 */
export function arrayRepr(array: NDArray, options: PrintOptions = {}): string {
  const style = checked("arrayRepr", { separator: ", ", ...options });
  const { size, shape, dtype } = array;
  const elements = elementsText(array, style, { prefix: "array(", suffix: ")" });
  const extras: string[] = [];
  if ((size === 0 && (shape.length !== 1 || shape[0] !== 0)) || size > style.threshold) {
    extras.push(`shape=(${shape.join(", ")}${shape.length === 1 ? "," : ""})`);
  }
  if (size === 0 || !impliedDTypes.has(dtype)) extras.push(`dtype=${dtype}`);
  if (extras.length === 0) return `array(${elements})`;
  const text = `array(${elements},`;
  const extra = `${extras.join(", ")})`;
  const lastLine = text.length - (text.lastIndexOf("\n") + 1);
  return text + (lastLine + extra.length + 1 > style.linewidth ? "\n      " : " ") + extra;
}

/** The array as NumPy's `str` writes it: an array of no axes like its element. */
export function arrayStr(array: NDArray, options: PrintOptions = {}): string {
  if (array.shape.length > 0) return array2string(array, options);
  return scalarElementText(scalarAt(dataOf(array), array.dtype, array.offset)!, array.dtype);
}

function elementsText(array: NDArray, style: Required<PrintOptions>, { prefix, suffix }: Frame): string {
  const { dtype, shape, stride, offset, size } = array;
  if (size === 0) return "[]";
  const data = dataOf(array);
  const { separator, edgeitems, linewidth, threshold } = style;
  const isSummary = size > threshold;
  const valueAt = (indices: readonly number[]): Scalar =>
    scalarAt(
      data,
      dtype,
      indices.reduce((at, index, axis) => at + index * stride[axis], offset),
    )!;
  const values = [...shownIndices(shape, isSummary ? edgeitems : Infinity)].map(valueAt);
  const format = elementFormat(values, dtype, { precision: style.precision, suppress: style.suppress, plus: false });
  // True is not padded where there is nothing to align it with.
  if (shape.length === 0) return dtype === "bool" ? format(valueAt([])).trim() : format(valueAt([]));
  const indent = ` ${" ".repeat(prefix.length)}`;
  const edge = isSummary ? edgeitems : Infinity;
  return bracketed(shape, (indices) => format(valueAt(indices)), {
    separator,
    edge,
    indent,
    width: linewidth - suffix.length,
  });
}

/** The elements; of an array that was never used, those that it would have: printing does not make it. */
function dataOf(array: NDArray): View["data"] {
  const recipe = ElementAccess.recipeOf(array);
  if (recipe === undefined) return array.data;
  const data = dtypeInfo(array.dtype).allocate(array.size);
  recipe.write(data);
  return data;
}

/** The indices of the elements that are shown: of long axes, those at the ends. */
function* shownIndices(shape: readonly number[], edge: number, lead: readonly number[] = []): Generator<number[]> {
  if (lead.length === shape.length) {
    yield [...lead];
    return;
  }
  const length = shape[lead.length];
  for (let index = 0; index < length; index++) {
    if (2 * edge < length && index === edge) index = length - edge;
    if (index < length) yield* shownIndices(shape, edge, [...lead, index]);
  }
}

function checked(printer: string, options: PrintOptions): Required<PrintOptions> {
  checkOptions(printer, options, Object.keys(defaults));
  const style = { ...defaults, ...options };
  for (const name of ["precision", "threshold", "edgeitems", "linewidth"] as const) {
    const value = style[name];
    if (typeof value !== "number") throw new TypeError(`${name}: expected a number, found ${describe(value)}`);
    const isWhole = Number.isInteger(value) || (name === "threshold" && value === Infinity);
    if (!isWhole || value < 0) throw new RangeError(`${name}: expected an integer of 0 or more, found ${value}`);
  }
  if (typeof style.separator !== "string") {
    throw new TypeError(`separator: expected a string, found ${describe(style.separator)}`);
  }
  return style;
}
