/** The layouts of NumPy's functions that move, add and drop axes. None touches an element. */
import { describe } from "./dtype.ts";
import { broadcastStride, checkAxis, checkPermutation, checkShape, maxRank } from "./shape.ts";
import type { Layout } from "./view.ts";

/** One axis or several, negative ones counted from the end. */
export type Axes = number | readonly number[];

/**
 * Axes as callers write them, as indices in ascending order.
 * @throws TypeError if they are no numbers; RangeError if there is no such axis or one is named twice
 */
export function checkAxes(axes: Axes, rank: number): number[] {
  const listed = typeof axes === "number" ? [axes] : axes;
  if (!Array.isArray(listed)) throw new TypeError(`Expected an axis or a list of axes, found ${describe(axes)}`);
  const indices = (listed as number[]).map((axis) => checkAxis(axis, rank));
  if (new Set(indices).size !== indices.length) {
    throw new RangeError(`Expected each axis once, found [${listed.join(", ")}]`);
  }
  return indices.sort((a, b) => a - b);
}

/** The layout with its axes in another order. */
export function permuted(layout: Layout, axes: readonly number[]): Layout {
  const permutation = checkPermutation(axes, layout.shape.length);
  return {
    shape: permutation.map((axis) => layout.shape[axis]),
    stride: permutation.map((axis) => layout.stride[axis]),
    offset: layout.offset,
  };
}

/** Without axes of length 1: those named, or all. */
export function squeezed(layout: Layout, axes: Axes | undefined): Layout {
  const { shape, stride, offset } = layout;
  const dropped = new Set(
    axes === undefined ? [...shape.keys()].filter((axis) => shape[axis] === 1) : checkAxes(axes, shape.length),
  );
  for (const axis of dropped) {
    if (shape[axis] !== 1) {
      throw new RangeError(`squeeze: expected length 1 on axis ${axis}, found ${shape[axis]}; leave that axis out`);
    }
  }
  const kept = [...shape.keys()].filter((axis) => !dropped.has(axis));
  return { shape: kept.map((axis) => shape[axis]), stride: kept.map((axis) => stride[axis]), offset };
}

/** With new axes of length 1 at these places of the result. */
export function expanded(layout: Layout, axes: Axes): Layout {
  const count = typeof axes === "number" ? 1 : axes.length;
  const rank = layout.shape.length + count;
  if (rank > maxRank) throw new RangeError(`expandDims: expected at most ${maxRank} axes, found ${rank}`);
  const added = new Set(checkAxes(axes, rank));
  const shape: number[] = [];
  const stride: number[] = [];
  for (let axis = 0, from = 0; axis < rank; axis++) {
    shape.push(added.has(axis) ? 1 : layout.shape[from]);
    stride.push(added.has(axis) ? 0 : layout.stride[from]);
    if (!added.has(axis)) from++;
  }
  return { shape, stride, offset: layout.offset };
}

/** With some axes moved to other places; the rest keep their order. */
export function moved(layout: Layout, source: Axes, destination: Axes): Layout {
  const rank = layout.shape.length;
  const from = (typeof source === "number" ? [source] : source).map((axis) => checkAxis(axis, rank));
  const to = (typeof destination === "number" ? [destination] : destination).map((axis) => checkAxis(axis, rank));
  if (from.length !== to.length || new Set(from).size !== from.length || new Set(to).size !== to.length) {
    throw new RangeError(
      `moveaxis: expected as many places as axes, each once, found [${from.join()}] and [${to.join()}]`,
    );
  }
  const rest = [...layout.shape.keys()].filter((axis) => !from.includes(axis));
  const order = layout.shape.map((_, place) => {
    const at = to.indexOf(place);
    return at === -1 ? rest.shift()! : from[at];
  });
  return permuted(layout, order);
}

/** With two axes exchanged. */
export function swapped(layout: Layout, axis1: number, axis2: number): Layout {
  const rank = layout.shape.length;
  const [a, b] = [checkAxis(axis1, rank), checkAxis(axis2, rank)];
  return permuted(
    layout,
    layout.shape.map((_, axis) => (axis === a ? b : axis === b ? a : axis)),
  );
}

/** The diagonal of two axes as a new last axis; `offset` counts columns to the right of the main one. */
export function diagonalOf(layout: Layout, offset: number, axis1: number, axis2: number): Layout {
  const rank = layout.shape.length;
  if (rank < 2) throw new RangeError(`diagonal: expected an array of at least 2 axes, found ${rank}`);
  if (!Number.isSafeInteger(offset)) throw new RangeError(`diagonal: expected an integer offset, found ${offset}`);
  const [a, b] = [checkAxis(axis1, rank), checkAxis(axis2, rank)];
  if (a === b) throw new RangeError(`diagonal: expected two different axes, found ${axis1} and ${axis2}`);
  const { shape, stride } = layout;
  const [down, right] = offset < 0 ? [-offset, 0] : [0, offset];
  const length = Math.max(0, Math.min(shape[a] - down, shape[b] - right));
  const kept = [...shape.keys()].filter((axis) => axis !== a && axis !== b);
  return {
    shape: [...kept.map((axis) => shape[axis]), length],
    stride: [...kept.map((axis) => stride[axis]), stride[a] + stride[b]],
    // An empty diagonal starts nowhere: keeping the offset keeps it inside the data.
    offset: layout.offset + (length === 0 ? 0 : down * stride[a] + right * stride[b]),
  };
}

/** Shown under a larger shape, its elements repeated. */
export function broadcasted(layout: Layout, shape: number | readonly number[]): Layout {
  const target = checkShape(shape);
  return { shape: target, stride: broadcastStride(layout.shape, layout.stride, target), offset: layout.offset };
}

/**
 * The shape that arrays of these shapes have together, by NumPy's broadcasting.
 * @throws RangeError if they do not broadcast
 */
export function broadcastShapes(...shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, place) => {
    let length = 1;
    for (const shape of shapes) {
      const own = shape[place - rank + shape.length] ?? 1;
      if (own === 1 || own === length) continue;
      if (length !== 1) {
        const list = shapes.map((each) => `[${each.join(", ")}]`).join(" and ");
        throw new RangeError(
          `Shapes ${list} do not broadcast: aligned at the last axis, each length must be equal or 1`,
        );
      }
      length = own;
    }
    return length;
  });
}
