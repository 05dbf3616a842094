import { type Tensor, tensor } from "../../src/index.ts";

/** What is saved, all of it determined by its epoch: a mixture of two epochs shows. */
export interface State {
  readonly dense: Map<string, Tensor>;
  /** Changed in one place each epoch, as embeddings are. */
  readonly sparse: Tensor;
  epoch: number;
}

const denseElements = 120_000;
export const sparseElements = 6000;

export function stateAt(epoch: number): State {
  const dense = new Map(["encoder", "decoder"].map((name) => [name, tensor({ shape: [denseElements] }).fill_(epoch)]));
  return { dense, sparse: tensor(sparseAt(epoch)), epoch };
}

function sparseAt(epoch: number): Float32Array {
  const values = new Float32Array(sparseElements);
  for (let each = Math.max(1, epoch - sparseElements + 1); each <= epoch; each++) values[each % sparseElements] = each;
  return values;
}

/** The epoch of a state. @throws Error for one that is none: a mixture */
export function epochOf({ dense, sparse, epoch }: State): number {
  for (const [name, each] of dense) {
    if (each.numel() === denseElements && each.eq(epoch).array.all()) continue;
    throw new Error(
      `epoch ${epoch}: ${name} has elements from ${Number(each.array.min())} to ${Number(each.array.max())}`,
    );
  }
  if (!sparse.equal(sparseAt(epoch))) throw new Error(`epoch ${epoch}: the sparse tensor is of another one`);
  return epoch;
}
