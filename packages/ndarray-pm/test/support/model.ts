import * as fc from "fast-check";
import { array, type DType, type NDArray, type Slice } from "../../src/index.ts";

/** A naive array: a shape and the elements in C order. What views do to it is a map of indices, always copied. */
export interface Model {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

export function modelOf(x: NDArray<any>): Model {
  return { shape: [...x.shape], values: [x.toArray()].flat(Infinity as 1) as number[] };
}

/** Builds a model of `shape` whose element at `indices` is the one of `source` at `from(indices)`. */
function gather(source: Model, shape: readonly number[], from: (indices: number[]) => number[]): Model {
  const values: number[] = [];
  const visit = (indices: number[]): void => {
    if (indices.length === shape.length) {
      values.push(source.values[from(indices).reduce((at, index, axis) => at * source.shape[axis] + index, 0)]);
      return;
    }
    for (let index = 0; index < shape[indices.length]; index++) visit([...indices, index]);
  };
  visit([]);
  return { shape, values };
}

/** One step from an array to a view of it, with the naive way to the same. */
export interface Step {
  readonly name: string;
  readonly apply: (x: NDArray<any>) => NDArray<any>;
  readonly model: (model: Model) => Model;
}

/** Python's slice, element by element. */
function pythonSlice(length: number, start: number | null, stop: number | null, step: number): number[] {
  const wrap = (position: number): number => (position < 0 ? position + length : position);
  const places: number[] = [];
  if (step > 0) {
    const end = stop === null ? length : wrap(stop);
    for (let at = Math.max(0, start === null ? 0 : wrap(start)); at < Math.min(end, length); at += step)
      places.push(at);
  } else {
    const end = stop === null ? -1 : Math.max(-1, wrap(stop));
    for (let at = Math.min(length - 1, start === null ? length - 1 : wrap(start)); at > end; at += step)
      places.push(at);
  }
  return places;
}

const position = fc.option(fc.integer({ min: -7, max: 7 }));
const range = fc.tuple(
  position,
  position,
  fc.integer({ min: -3, max: 3 }).filter((step) => step !== 0),
);

const sliceStep: fc.Arbitrary<Step> = fc
  .tuple(fc.array(range, { maxLength: 3 }), fc.boolean())
  .map(([ranges, asText]) => ({
    name: `slice ${JSON.stringify(ranges)}`,
    apply: (x) =>
      x.slice(
        ...ranges
          .slice(0, x.ndim)
          .map(([start, stop, step]): Slice => (asText ? `${start ?? ""}:${stop ?? ""}:${step}` : [start, stop, step])),
      ),
    model: (model) => {
      const places = model.shape.map((length, axis) =>
        ranges[axis] === undefined ? pythonSlice(length, null, null, 1) : pythonSlice(length, ...ranges[axis]),
      );
      return gather(
        model,
        places.map((list) => list.length),
        (indices) => indices.map((index, axis) => places[axis][index]),
      );
    },
  }));

const transposeStep: fc.Arbitrary<Step> = fc.constant({
  name: "transpose",
  apply: (x) => x.T,
  model: (model) => gather(model, [...model.shape].reverse(), (indices) => [...indices].reverse()),
});

const rotateStep: fc.Arbitrary<Step> = fc.constant({
  name: "rotate axes",
  apply: (x) => x.transpose(...x.shape.map((_, axis) => (axis + 1) % x.ndim)),
  model: (model) => {
    if (model.shape.length === 0) return model;
    const shape = [...model.shape.slice(1), model.shape[0]];
    return gather(model, shape, (indices) => [indices.at(-1) as number, ...indices.slice(0, -1)]);
  },
});

const flipStep: fc.Arbitrary<Step> = fc.integer({ min: -3, max: 2 }).map((axis) => ({
  name: `flip ${axis}`,
  apply: (x) => (axis >= -x.ndim && axis < x.ndim ? x.flip(axis) : x.flip()),
  model: (model) => {
    const rank = model.shape.length;
    const flipped = axis >= -rank && axis < rank ? [(axis + rank) % rank] : [...model.shape.keys()];
    return gather(model, model.shape, (indices) =>
      indices.map((index, at) => (flipped.includes(at) ? model.shape[at] - 1 - index : index)),
    );
  },
}));

const pickStep: fc.Arbitrary<Step> = fc.integer({ min: -2, max: 1 }).map((index) => {
  const applies = (shape: readonly number[]): boolean => shape.length > 0 && index >= -shape[0] && index < shape[0];
  return {
    name: `index ${index}`,
    apply: (x) => (applies(x.shape) ? x.slice(index) : x),
    model: (model) => {
      if (!applies(model.shape)) return model;
      const place = index < 0 ? index + model.shape[0] : index;
      return gather(model, model.shape.slice(1), (indices) => [place, ...indices]);
    },
  };
});

/** Views, one after another: slices, transposes, flips, picks. All share memory with what they are made of. */
export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(sliceStep, transposeStep, rotateStep, flipStep, pickStep),
  { maxLength: 4 },
);

export const smallShape: fc.Arbitrary<number[]> = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 });

/** An array of 0, 1, 2, ... of a shape. */
export function counted<D extends DType>(shape: readonly number[], dtype: D): NDArray<D> {
  const size = shape.reduce((product, length) => product * length, 1);
  return array(
    Float64Array.from({ length: size }, (_, at) => at),
    dtype,
  ).reshape(shape);
}
