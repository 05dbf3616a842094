import type { NativeFact } from "./binding.ts";

/** Bytes `offset` to `offset + length` of a region. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/**
 * Something that the kernel may tell of the medium: its value, or why there is none. `forbidden` is missing privileges,
 * `unsupported` a platform or file system that does not tell; neither says that all is well.
 */
export type MediaFact<Value> =
  | { readonly known: "value"; readonly value: Value }
  | { readonly known: "forbidden" | "unsupported"; readonly reason: string };

/** In the order of `Known` in native/core/media.h. */
const states = ["value", "forbidden", "unsupported"] as const;

export function mediaFact<Native, Value>(
  fact: NativeFact<Native>,
  convert: (value: Native) => Value,
): MediaFact<Value> {
  const known = states[fact.known];
  return Object.freeze(known === "value" ? { known, value: convert(fact.value) } : { known, reason: fact.reason });
}

/** Ranges from offset, length, offset, length, ... */
export function toRanges(numbers: readonly number[]): readonly ByteRange[] {
  const pairs = Array.from({ length: numbers.length / 2 }, (_, index) =>
    Object.freeze({ offset: numbers[2 * index], length: numbers[2 * index + 1] }),
  );
  return Object.freeze(pairs);
}
