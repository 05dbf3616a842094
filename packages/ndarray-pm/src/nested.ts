import { describe, type DType, dtypeInfo } from "./dtype.ts";
import { type Element, elementOf, isComplex, isScalar, putElement, type Scalar } from "./scalar.ts";
import { contiguousStride, maxRank, sizeOf } from "./shape.ts";
import type { View } from "./view.ts";

/** Numbers, bigints, booleans or complex numbers in arrays of arrays, all of one length on each level. */
export type Nested = Scalar | readonly Nested[];

/**
 * A new DRAM array with the elements of nested arrays, in C order. Without `dtype`: bool if all are booleans, int64 if
 * all are bigints, complex128 if some are complex, else float64. `convert` says what a value becomes, and refuses what does not go.
 * @throws TypeError for anything but numbers, bigints and booleans; RangeError if the nesting is ragged or does not fit
 */
export function fromNested(
  nested: Nested,
  dtype?: DType,
  convert: (value: Scalar, dtype: DType) => Element = elementOf,
): View {
  const shape = shapeOf(nested);
  const size = sizeOf(shape);
  const chosen = dtype ?? commonDType(nested, shape.length);
  const data = dtypeInfo(chosen).allocate(size);
  let at = 0;
  const store = (value: Nested, axis: number): void => {
    if (axis === shape.length) {
      if (Array.isArray(value)) throw ragged(`a number at depth ${axis}`, value);
      putElement(data, chosen, at++, convert(value as Scalar, chosen));
      return;
    }
    if (!Array.isArray(value) || value.length !== shape[axis]) {
      throw ragged(`an array of ${shape[axis]} at depth ${axis}`, value);
    }
    for (const item of value as readonly Nested[]) store(item, axis + 1);
  };
  store(nested, 0);
  return { data, dtype: chosen, shape, stride: contiguousStride(shape, "C"), offset: 0, storage: undefined };
}

/** The shape that the first items of each level suggest. */
function shapeOf(nested: Nested): number[] {
  const shape: number[] = [];
  for (let level: unknown = nested; Array.isArray(level); level = level[0]) {
    if (shape.length === maxRank) throw new RangeError(`Expected arrays nested at most ${maxRank} deep`);
    shape.push(level.length);
  }
  return shape;
}

function commonDType(nested: Nested, depth: number): DType {
  const found = new Set<string>();
  const collect = (value: Nested, axis: number): void => {
    if (Array.isArray(value) && axis < depth) for (const item of value as readonly Nested[]) collect(item, axis + 1);
    else found.add(isComplex(value) ? "complex" : typeof value);
  };
  collect(nested, 0);
  if (found.has("bigint") && found.has("number")) {
    throw new TypeError(`Found numbers and bigints in one array; say which dtype they should have`);
  }
  if (found.has("complex")) return "complex128";
  if (found.size === 1 && found.has("boolean")) return "bool";
  return found.has("bigint") ? "int64" : "float64";
}

function ragged(expected: string, found: unknown): Error {
  if (!Array.isArray(found) && !isScalar(found)) {
    return new TypeError(
      `Expected numbers, bigints, booleans or complex numbers in nested arrays, found ${describe(found)}`,
    );
  }
  const what = Array.isArray(found) ? describe(found) : `the value ${describe(found)}`;
  return new RangeError(`Expected nested arrays of one length on each level: ${expected}, found ${what}`);
}

/** The elements of a view as nested arrays; a single value for an array of no axes. */
export function toNested(view: View, element: (at: number) => Scalar): Nested {
  const { shape, stride } = view;
  const build = (axis: number, at: number): Nested => {
    if (axis === shape.length) return element(at);
    return Array.from({ length: shape[axis] }, (_, index) => build(axis + 1, at + index * stride[axis]));
  };
  return build(0, view.offset);
}
