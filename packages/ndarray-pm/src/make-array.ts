/**
 * How every other file makes arrays. The classes need the operations and the operations make arrays; this file stands
 * between them, and knows neither until `ndarray.ts` has told it.
 */
import { type DType, dtypeInfo } from "./dtype.ts";
import type { ElementsInit } from "./element-access.ts";
import type { NDArray } from "./ndarray.ts";
import { contiguousStride, type Order, sizeOf } from "./shape.ts";
import type { View } from "./view.ts";

type Maker = <D extends DType>(init: ElementsInit<D>) => NDArray<D>;

let maker: Maker | undefined;

/** Says how arrays are made; called once, by the file that defines their classes. */
export function setArrayMaker(make: Maker): void {
  maker = make;
}

/** An NDArray of the class whose element access suits its rank and dtype. */
export function makeArray<D extends DType>(init: ElementsInit<D>): NDArray<D> {
  return maker!(init);
}

/** A view of new, zeroed DRAM. */
export function allocateView<D extends DType>(shape: readonly number[], dtype: D, order: Order = "C"): View<D> {
  const data = dtypeInfo(dtype).allocate(sizeOf(shape));
  return { data, dtype, shape, stride: contiguousStride(shape, order), offset: 0, storage: undefined };
}
