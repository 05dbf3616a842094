import type { Copy, Ranges, Region } from "@nodemm/pmem-native";

/** What a shelf has done since it was opened with `counters: true`. */
export interface ShelfCounters {
  readonly commits: number;
  readonly rollbacks: number;
  /** Waits until everything started was durable: drains, and persists. */
  readonly fences: number;
  /** Bytes whose write-back was asked for, those of persists included. */
  readonly flushedBytes: number;
  /** Bytes stored past the caches. */
  readonly streamedBytes: number;
  /** Bytes saved to the undo log. */
  readonly logBytes: number;
  /** Extents taken from the free space, and their bytes. */
  readonly allocations: number;
  readonly allocatedBytes: number;
}

export type Counting = { -readonly [Name in keyof ShelfCounters]: ShelfCounters[Name] };

export function makeCounters(): Counting {
  return {
    ...{ commits: 0, rollbacks: 0, fences: 0, flushedBytes: 0, streamedBytes: 0 },
    ...{ logBytes: 0, allocations: 0, allocatedBytes: 0 },
  };
}

/**
 * The same region, counting what is asked of it. It takes a detour of some tens of nanoseconds a call, so it stands only
 * where somebody asked for figures: chosen when the shelf is opened.
 */
export function countRegion(region: Region, counters: Counting): Region {
  const countRanges = (ranges: Ranges): void => {
    for (let index = 1; index < ranges.length; index += 2) counters.flushedBytes += ranges[index];
  };
  const counted: Partial<Record<string, (...args: never[]) => void>> = {
    flush: (_: number, length: number) => (counters.flushedBytes += length),
    drain: () => counters.fences++,
    persist(_: number, length: number) {
      counters.flushedBytes += length;
      counters.fences++;
    },
    flushMany: countRanges,
    persistMany(ranges: Ranges) {
      countRanges(ranges);
      counters.fences++;
    },
    copy: (_: number, { byteLength }: ArrayBufferView) => (counters.streamedBytes += byteLength),
    copyMany(copies: readonly Copy[]) {
      for (const { source } of copies) counters.streamedBytes += source.byteLength;
    },
    copyWithin: (_: number, __: number, length: number) => (counters.streamedBytes += length),
    copyWithinCrc32c: (_: number, __: number, length: number) => (counters.streamedBytes += length),
    persistRecord(_: number, length: number, __?: number, ___?: number, sourceLength: number = 0) {
      counters.flushedBytes += length;
      counters.streamedBytes += sourceLength;
      counters.fences++;
    },
    fill: (_: number, length: number) => (counters.streamedBytes += length),
  };
  const methods = new Map<string | symbol, unknown>();
  return new Proxy(region, {
    get(target, name) {
      const known = methods.get(name);
      if (known !== undefined) return known;
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      const call = value.bind(target) as (...args: unknown[]) => unknown;
      const count = counted[String(name)] as ((...args: unknown[]) => void) | undefined;
      const method =
        count === undefined
          ? call
          : (...args: unknown[]): unknown => {
              const result = call(...args);
              count(...args);
              return result;
            };
      methods.set(name, method);
      return method;
    },
  });
}
