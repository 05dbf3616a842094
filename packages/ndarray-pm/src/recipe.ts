import { type DataOf, type DType, dtypeInfo, isHalf } from "./dtype.ts";
import type { Order } from "./shape.ts";
import { type Element, elementOf, putElement } from "./scalar.ts";

/**
 * How a new array's elements come to be, so that they can be written where the array will live: straight into a shelf's
 * extent when it is assigned to one, or into DRAM at its first other use.
 */
export interface Recipe<D extends DType = DType> {
  /** The value of every byte, where they are all the same: such bytes can be filled past the caches. */
  readonly byte?: number;
  /** Whether any bytes will do: those that are there stay. */
  readonly isEmpty?: boolean;
  /** Writes every element, in memory order. */
  write(data: DataOf<D>): void;
}

/** New DRAM with the elements of a recipe. */
export function follow<D extends DType>(recipe: Recipe<D>, dtype: D, size: number): DataOf<D> {
  const data = dtypeInfo(dtype).allocate(size);
  if (recipe.byte !== 0) recipe.write(data);
  return data;
}

/** Every element the same; `element` is what the typed array holds. */
export function fullRecipe<D extends DType>(element: Element, dtype: D): Recipe<D> {
  const sample = dtypeInfo(dtype).allocate(1);
  putElement(sample, dtype, 0, element);
  const bytes = new Uint8Array(sample.buffer);
  const write = (data: DataOf<D>): void => {
    if (sample.length === 1) data.fill(sample[0] as never);
    else for (let at = 0; at < data.length; at++) data[at] = sample[at & 1];
  };
  return bytes.every((byte) => byte === bytes[0]) ? { byte: bytes[0], write } : { write };
}

/** Ones on a diagonal of a matrix of so many columns, zeros elsewhere. */
export function eyeRecipe<D extends DType>(columns: number, diagonal: number, order: Order, dtype: D): Recipe<D> {
  const one = elementOf(1, dtype);
  return {
    write(data: DataOf<D>): void {
      data.fill(dtypeInfo(dtype).scalar === "bigint" ? (0n as never) : (0 as never));
      const count = data.length / dtypeInfo(dtype).words;
      const rows = columns === 0 ? 0 : count / columns;
      for (let row = Math.max(0, -diagonal); row < rows && row + diagonal < columns; row++) {
        const column = row + diagonal;
        putElement(data, dtype, order === "C" ? row * columns + column : column * rows + row, one);
      }
    },
  };
}

/** `count` numbers from `start`, `step` apart; the last is `last`, so that it is exact. */
export function linspaceRecipe<D extends DType>(
  start: number,
  step: number,
  last: number | undefined,
  dtype: D,
): Recipe<D> {
  const isWhole = "iu".includes(dtypeInfo(dtype).kind);
  return {
    write(data: DataOf<D>): void {
      const count = data.length / dtypeInfo(dtype).words;
      for (let i = 0; i < count; i++) {
        const value = i === count - 1 && last !== undefined ? last : i * step + start;
        putElement(data, dtype, i, elementOf(isWhole ? Math.floor(value) : value, dtype));
      }
    },
  };
}

/** `start + i * step` for element i. */
export function arangeRecipe<D extends DType>(start: number, step: number, dtype: D): Recipe<D> {
  const { words, scalar } = dtypeInfo(dtype);
  const direct = scalar === "number" && !isHalf(dtype);
  return {
    write(data: DataOf<D>): void {
      const count = data.length / words;
      for (let i = 0; i < count; i++) {
        const value = start + i * step;
        if (direct) data[i] = value;
        else putElement(data, dtype, i, elementOf(value, dtype));
      }
    },
  };
}
