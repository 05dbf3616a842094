import { array, dtypes, type NDArray } from "@nodemm/ndarray-pm";

/** Reads, writes and adds arrays of every dtype and of one to three axes, often enough to be optimised. */
export function useEveryDType(): void {
  const source = array(Array.from({ length: 1000 }, (_, index) => index % 2));
  for (const dtype of dtypes) {
    const x: NDArray = source.astype(dtype);
    for (let round = 0; round < 20; round++) x.iadd(x.copy().fill(0));
    for (const view of [x, x.reshape(10, 100), x.reshape(10, 10, 10)]) {
      const indices = view.shape.map(() => 1);
      for (let round = 0; round < 1000; round++) {
        const value = view.get(...indices);
        (view.set as (...indicesAndValue: unknown[]) => void).call(view, ...indices, value);
      }
    }
  }
}
