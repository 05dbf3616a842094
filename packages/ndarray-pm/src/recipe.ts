import { type DataOf, type DType, dtypeInfo } from "./dtype.ts";

/**
 * How a new array's elements come to be, so that they can be written where the array will live: straight into a shelf's
 * extent when it is assigned to one, or into DRAM at its first other use.
 */
export interface Recipe<D extends DType = DType> {
  /** The value of every byte, where they are all the same: such bytes can be filled past the caches. */
  readonly byte?: number;
  /** Writes every element, in memory order. */
  write(data: DataOf<D>): void;
}

/** Every element the same; `element` is what the typed array holds. */
export function fullRecipe<D extends DType>(element: number | bigint, dtype: D): Recipe<D> {
  const sample = dtypeInfo(dtype).allocate(1);
  sample[0] = element;
  const bytes = new Uint8Array(sample.buffer);
  const write = (data: DataOf<D>): void => void data.fill(element as never);
  return bytes.every((byte) => byte === bytes[0]) ? { byte: bytes[0], write } : { write };
}

/** `start + i * step` for element i. */
export function arangeRecipe<D extends DType>(start: number, step: number, dtype: D): Recipe<D> {
  const big = dtypeInfo(dtype).scalar === "bigint";
  return {
    write(data: DataOf<D>): void {
      for (let i = 0; i < data.length; i++) {
        const value = start + i * step;
        data[i] = big ? BigInt(Math.trunc(value)) : value;
      }
    },
  };
}
