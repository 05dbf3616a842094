import { NDArray, type NumericTypedArray } from "@nodemm/ndarray-pm";
import { Tensor } from "../tensor.ts";
import { type ByteRanges, mergeRanges } from "./ranges.ts";

/** What can be marked as changed: elements in DRAM or on a shelf, or a view of some of them. */
export type Changeable = Tensor | NDArray | NumericTypedArray;

/**
 * Which elements have changed since a checkpoint was last saved, so that the next {@link save} writes those alone:
 *
 *     const changes = new ChangeSet();
 *     embedding.array.slice(row).assign(values);
 *     changes.add(embedding.array.slice(row));
 *     save(shelf, "run", state, { changes }); // empties it
 *
 * It is believed: what has changed and was not added is not saved. One set for each checkpoint name.
 */
export class ChangeSet {
  /** By the memory that the elements lie in, so that a view marks its share of every tensor over the same memory. */
  #ranges = new Map<ArrayBufferLike, number[]>();

  /** Whether nothing is marked. */
  get isEmpty(): boolean {
    return this.#ranges.size === 0;
  }

  /**
   * Marks all elements, or `length` elements from `offset` on in the order of memory. Of a view with gaps, the gaps too.
   * @throws TypeError for what has no elements; RangeError if the range is not within them
   */
  add(target: Changeable, offset?: number, length?: number): this {
    const { buffer, byteOffset, byteLength, itemBytes } = spanOf(target);
    const count = byteLength / itemBytes;
    const from = offset ?? 0;
    const many = length ?? count - from;
    if (!Number.isInteger(from) || !Number.isInteger(many) || from < 0 || many < 0 || from + many > count) {
      throw new RangeError(
        `Expected a range within ${count} elements, found offset ${String(offset)} and length ${String(length)}`,
      );
    }
    const ranges = this.#ranges.get(buffer) ?? [];
    ranges.push(byteOffset + from * itemBytes, byteOffset + (from + many) * itemBytes);
    this.#ranges.set(buffer, ranges);
    return this;
  }

  clear(): void {
    this.#ranges = new Map();
  }

  /**
   * @internal Takes out all that is marked, for a save that goes on while more is marked. Returns what puts it back, where
   * that save fails.
   */
  take(): () => void {
    const taken = this.#ranges;
    this.#ranges = new Map();
    return () => {
      for (const [buffer, ranges] of taken) this.#ranges.set(buffer, [...(this.#ranges.get(buffer) ?? []), ...ranges]);
    };
  }

  /** @internal What is marked of some bytes, counted from the first of them. */
  within(bytes: Uint8Array): ByteRanges {
    const { byteOffset, byteLength } = bytes;
    const ranges = this.#ranges.get(bytes.buffer) ?? [];
    return mergeRanges(
      ranges.map((at) => at - byteOffset),
      byteLength,
    );
  }
}

interface Span {
  readonly buffer: ArrayBufferLike;
  readonly byteOffset: number;
  readonly byteLength: number;
  readonly itemBytes: number;
}

/** From the first to behind the last byte of what the target shows. */
function spanOf(target: Changeable): Span {
  const view: unknown = target instanceof Tensor ? target.array : target;
  if (ArrayBuffer.isView(view) && "BYTES_PER_ELEMENT" in view) {
    const { buffer, byteOffset, byteLength } = view;
    return { buffer, byteOffset, byteLength, itemBytes: Number(view.BYTES_PER_ELEMENT) };
  }
  if (!NDArray.isNDArray(view))
    throw new TypeError("Expected a Tensor, an NDArray or a typed array to mark as changed");
  const { data, offset, shape, stride, itemsize, size } = view;
  const reach = shape.map((count, axis) => (count - 1) * stride[axis]);
  const sum = (steps: number[]): number => steps.reduce((total, step) => total + step, 0);
  const first = offset + sum(reach.filter((step) => step < 0));
  const last = offset + sum(reach.filter((step) => step > 0));
  return {
    buffer: data.buffer,
    byteOffset: data.byteOffset + first * itemsize,
    byteLength: size === 0 ? 0 : (last - first + 1) * itemsize,
    itemBytes: itemsize,
  };
}
