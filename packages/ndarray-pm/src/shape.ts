import { describe } from "./dtype.ts";

/** How elements are laid out: last axis fastest (C) or first axis fastest (Fortran). */
export type Order = "C" | "F";

/** NumPy 2's limit. */
export const maxRank = 64;

/**
 * A shape as callers write it, checked and copied: a length, or an array of lengths.
 * @throws TypeError if it is no such thing; RangeError if a length is negative or fractional, or there are too many
 */
export function checkShape(shape: number | readonly number[]): number[] {
  const lengths = typeof shape === "number" ? [shape] : shape;
  if (!Array.isArray(lengths)) {
    throw new TypeError(`Expected a shape such as 3 or [2, 3], found ${describe(shape)}`);
  }
  if (lengths.length > maxRank) {
    throw new RangeError(`Expected a shape of at most ${maxRank} axes, found ${lengths.length}`);
  }
  for (const length of lengths as unknown[]) {
    if (typeof length !== "number") {
      throw new TypeError(`Expected a shape of numbers such as [2, 3], found ${describe(length)} in it`);
    }
    if (!Number.isSafeInteger(length) || length < 0) {
      throw new RangeError(`Expected lengths that are integers of 0 or more, found ${length} in shape`);
    }
  }
  sizeOf(lengths as number[]);
  return [...(lengths as number[])];
}

/**
 * The number of elements of a shape.
 * @throws RangeError if it is not a safe integer
 */
export function sizeOf(shape: readonly number[]): number {
  let size = 1;
  for (const length of shape) size *= length;
  if (!Number.isSafeInteger(size)) {
    throw new RangeError(`Shape [${shape.join(", ")}] has more elements than can be counted; make it smaller`);
  }
  return size;
}

/**
 * An order as callers write it, checked.
 * @throws TypeError otherwise
 */
export function checkOrder(order: Order): Order {
  if (order !== "C" && order !== "F") throw new TypeError(`Expected order "C" or "F", found ${describe(order)}`);
  return order;
}

/** Strides, in elements, of a contiguous array. */
export function contiguousStride(shape: readonly number[], order: Order): number[] {
  const stride = new Array<number>(shape.length).fill(1);
  let step = 1;
  for (let count = 0; count < shape.length; count++) {
    const axis = order === "C" ? shape.length - 1 - count : count;
    stride[axis] = step;
    step *= Math.max(shape[axis], 1);
  }
  return stride;
}

/**
 * An axis as callers write it (negative counts from the end), as an index.
 * @throws TypeError if it is not a number; RangeError if there is no such axis
 */
export function checkAxis(axis: number, rank: number): number {
  if (typeof axis !== "number") throw new TypeError(`Expected an axis number, found ${describe(axis)}`);
  const index = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(index) || index < 0 || index >= rank) {
    throw new RangeError(`Axis ${axis} is out of range for an array of ${rank} axes (${-rank} to ${rank - 1})`);
  }
  return index;
}

/**
 * Axes as callers write them, as a permutation of `0 ... rank - 1`.
 * @throws RangeError if an axis is missing or named twice
 */
export function checkPermutation(axes: readonly number[], rank: number): number[] {
  const permutation = axes.map((axis) => checkAxis(axis, rank));
  if (permutation.length !== rank || new Set(permutation).size !== rank) {
    throw new RangeError(`Expected each of the ${rank} axes once, found [${axes.join(", ")}]`);
  }
  return permutation;
}

/**
 * A shape to reshape to, with at most one -1 replaced by the length that fits.
 * @throws RangeError if the element counts cannot be made equal
 */
export function resolveReshape(lengths: readonly number[], size: number): number[] {
  const unknown = lengths.indexOf(-1);
  if (unknown === -1) {
    const shape = checkShape(lengths);
    if (sizeOf(shape) !== size) {
      throw new RangeError(`Cannot reshape ${size} elements into [${shape.join(", ")}], which has ${sizeOf(shape)}`);
    }
    return shape;
  }
  if (lengths.indexOf(-1, unknown + 1) !== -1) {
    throw new RangeError(`Expected at most one -1 in the shape, found [${lengths.join(", ")}]`);
  }
  const known = sizeOf(checkShape(lengths.filter((_, axis) => axis !== unknown)));
  if (known === 0 || size % known !== 0) {
    throw new RangeError(`Cannot reshape ${size} elements into [${lengths.join(", ")}]: no length fits in place of -1`);
  }
  return lengths.map((length) => (length === -1 ? size / known : length));
}

/**
 * Strides, in elements, that show the same elements in C order under a new shape, or undefined if only a copy can.
 * Both shapes have the same number of elements. The method is NumPy's `_attempt_nocopy_reshape`.
 */
export function reshapeStride(
  shape: readonly number[],
  stride: readonly number[],
  target: readonly number[],
): number[] | undefined {
  if (sizeOf(target) === 0) return contiguousStride(target, "C");
  const oldAxes = shape.map((_, axis) => axis).filter((axis) => shape[axis] !== 1);
  const result = new Array<number>(target.length).fill(1);
  let oldAt = 0;
  let newAt = 0;
  while (oldAt < oldAxes.length) {
    // Groups of old and of new axes with the same number of elements, taken as short as possible.
    let oldEnd = oldAt + 1;
    let newEnd = newAt + 1;
    let oldCount = shape[oldAxes[oldAt]];
    let newCount = target[newAt];
    while (oldCount !== newCount) {
      if (oldCount < newCount) oldCount *= shape[oldAxes[oldEnd++]];
      else newCount *= target[newEnd++];
    }
    for (let at = oldAt; at < oldEnd - 1; at++) {
      if (stride[oldAxes[at]] !== stride[oldAxes[at + 1]] * shape[oldAxes[at + 1]]) return undefined;
    }
    let step = stride[oldAxes[oldEnd - 1]];
    for (let axis = newEnd - 1; axis >= newAt; axis--) {
      result[axis] = step;
      step *= target[axis];
    }
    oldAt = oldEnd;
    newAt = newEnd;
  }
  return result;
}

/**
 * Strides that show `shape` as `target`, repeating axes of length 1 and absent leading axes with stride 0 (NumPy's
 * broadcasting towards a fixed target).
 * @throws RangeError if the shapes do not broadcast
 */
export function broadcastStride(
  shape: readonly number[],
  stride: readonly number[],
  target: readonly number[],
): number[] {
  const lead = target.length - shape.length;
  if (lead < 0 || shape.some((length, axis) => length !== 1 && length !== target[axis + lead])) {
    throw new RangeError(
      `Shape [${shape.join(", ")}] does not broadcast to [${target.join(", ")}]: aligned at the last axis, each length ` +
        `must be equal or 1`,
    );
  }
  return target.map((length, axis) => (axis < lead || shape[axis - lead] !== length ? 0 : stride[axis - lead]));
}
