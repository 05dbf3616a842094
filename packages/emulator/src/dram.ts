import { isUint8Array } from "node:util/types";
import { checkOptions, PmemError, type Granularity, type Region } from "@nodemm/pmem-native";
import { CarvedMemory } from "./carved-memory.ts";
import { checkGranularity } from "./checks.ts";
import { DramRegion } from "./dram-region.ts";

export interface DramOptions {
  /** Usable bytes at the start; `image.length` by default. */
  readonly size?: number;
  /** Bytes up to which the region can grow; `size` by default. Memory is touched only where it is used. */
  readonly capacity?: number;
  /** What the region says a store needs to become durable; `cache-line` by default. */
  readonly granularity?: Granularity;
  /** Where the region says that it lives; `dram` by default. */
  readonly name?: string;
  /** First bytes of the region, copied; zeros follow. */
  readonly image?: Uint8Array;
}

/**
 * A region in the process's own memory: pure JavaScript, no native code, gone with the region.
 *
 * Views are carved: `view(offset, length)` moves those bytes into a buffer of their own, `releaseView` moves them back;
 * hence live views must not overlap ({@link Region.overlappingViews} is false), except the very same range again.
 * Nothing is durable.
 * @throws PmemError `ERR_PMEM_SIZE` for a size, capacity or image that makes no sense; `ERR_PMEM_NO_SPACE` if there is
 * not so much memory
 */
export function dram(options: DramOptions): Region {
  checkOptions("dram", options, ["size", "capacity", "granularity", "name", "image"] satisfies (keyof DramOptions)[]);
  const { image, granularity = "cache-line", name = "dram" } = options;
  if (image !== undefined && !isUint8Array(image)) {
    throw new TypeError(`image must be a Uint8Array, got ${typeof image}; wrap its bytes in one`);
  }
  const size = checkSize("size", options.size ?? image?.length ?? 0, name);
  const capacity = checkSize("capacity", options.capacity ?? size, name);
  if (capacity < size) {
    throw new PmemError(
      "ERR_PMEM_SIZE",
      name,
      `capacity ${capacity} is below size ${size}; give at least ${size} bytes`,
    );
  }
  if (image !== undefined && image.length > size) {
    throw new PmemError(
      "ERR_PMEM_SIZE",
      name,
      `the image has ${image.length} bytes but size is ${size}; give a size of at least ${image.length}, or none`,
    );
  }
  checkGranularity(granularity);
  const base = allocate(capacity, name);
  if (image !== undefined) base.set(image);
  return new DramRegion(new CarvedMemory(base), { source: name, length: size, granularity });
}

function checkSize(what: string, value: unknown, source: string): number {
  if (typeof value !== "number") {
    throw new TypeError(`${what} must be a number of bytes, got ${typeof value}`);
  }
  if (!Number.isSafeInteger(value) || value <= 0) {
    throw new PmemError("ERR_PMEM_SIZE", source, `${what} must be a positive whole number of bytes, got ${value}`);
  }
  return value;
}

function allocate(capacity: number, source: string): Uint8Array {
  try {
    return new Uint8Array(capacity);
  } catch (cause) {
    throw new PmemError(
      "ERR_PMEM_NO_SPACE",
      source,
      `cannot allocate ${capacity} bytes of memory; ask for a smaller size or capacity`,
      { cause },
    );
  }
}
