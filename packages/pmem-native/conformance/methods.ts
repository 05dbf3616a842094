import type { AsyncOptions, Region } from "@nodemm/pmem-native";

/** Every method of a region but `close`, as one well-formed call each. */
export interface Method {
  readonly name: string;
  /** Whether it writes, starts or awaits a write: poisoned and read-only regions refuse it. */
  readonly writes: boolean;
  call(region: Region): unknown;
}

export const methods: readonly Method[] = [
  { name: "view", writes: false, call: (region) => region.view(0, 64) },
  { name: "releaseView", writes: false, call: (region) => region.releaseView(new ArrayBuffer(0)) },
  { name: "isShared", writes: false, call: (region) => region.isShared(0, 64) },
  { name: "onFault", writes: false, call: (region) => region.onFault(() => undefined) },
  { name: "crc32c", writes: false, call: (region) => region.crc32c(0, 64) },
  { name: "crc32cOf", writes: false, call: (region) => region.crc32cOf(new Uint8Array(64)) },
  { name: "flush", writes: true, call: (region) => region.flush(0, 64) },
  { name: "drain", writes: true, call: (region) => region.drain() },
  { name: "persist", writes: true, call: (region) => region.persist(0, 64) },
  { name: "deepFlush", writes: true, call: (region) => region.deepFlush(0, 64) },
  { name: "prefault", writes: false, call: (region) => region.prefault(0, 64) },
  { name: "advise", writes: false, call: (region) => region.advise("normal") },
  { name: "flushMany", writes: true, call: (region) => region.flushMany([0, 64, 128, 1]) },
  { name: "persistMany", writes: true, call: (region) => region.persistMany(Float64Array.of(0, 64, 128, 1)) },
  { name: "copy", writes: true, call: (region) => region.copy(0, new Uint8Array(64)) },
  {
    name: "copyMany",
    writes: true,
    call: (region) => region.copyMany([{ offset: 0, source: new Uint8Array(64) }]),
  },
  { name: "copyWithin", writes: true, call: (region) => region.copyWithin(0, 64, 64) },
  { name: "copyWithinCrc32c", writes: true, call: (region) => region.copyWithinCrc32c(0, 64, 64) },
  { name: "persistRecord", writes: true, call: (region) => region.persistRecord(0, 64, 0, 128, 64) },
  { name: "fill", writes: true, call: (region) => region.fill(0, 64, 1) },
  { name: "publish", writes: true, call: (region) => region.publish(0, 1, 2) },
  { name: "grow", writes: true, call: (region) => region.grow(region.length) },
];

/** A method that gives a promise, as a well-formed call on the first 64 bytes and with a range given. */
export interface AsyncMethod {
  readonly name: string;
  /** Whether poisoned and read-only regions refuse it. */
  readonly writes: boolean;
  call(region: Region, options?: AsyncOptions): Promise<unknown>;
  /** Absent where it takes no range. */
  callWith?(region: Region, offset: number, length: number): Promise<unknown>;
}

export const asyncMethods: readonly AsyncMethod[] = [
  {
    name: "persistAsync",
    writes: true,
    call: (region, options) => region.persistAsync(0, 64, options),
    callWith: (region, offset, length) => region.persistAsync(offset, length),
  },
  {
    name: "persistManyAsync",
    writes: true,
    call: (region, options) => region.persistManyAsync([0, 32, 32, 32], options),
    callWith: (region, offset, length) => region.persistManyAsync([0, 64, offset, length]),
  },
  {
    name: "copyAsync",
    writes: true,
    call: (region, options) => region.copyAsync(0, new Uint8Array(64), options),
  },
  {
    name: "copyManyAsync",
    writes: true,
    call: async (region, options) => {
      await region.copyManyAsync([{ offset: 0, source: new Uint8Array(64) }], options).done;
    },
  },
  {
    name: "copyWithinAsync",
    writes: true,
    call: (region, options) => region.copyWithinAsync(0, 64, 64, options),
    callWith: (region, offset, length) => region.copyWithinAsync(2048, offset, length),
  },
  {
    name: "copyWithinCrc32cAsync",
    writes: true,
    call: (region, options) => region.copyWithinCrc32cAsync(0, 64, 64, 0, options),
    callWith: (region, offset, length) => region.copyWithinCrc32cAsync(offset, 2048, length),
  },
  {
    name: "persistRecordAsync",
    writes: true,
    call: (region, options) => region.persistRecordAsync(0, 64, 0, 128, 64, options),
    callWith: (region, offset, length) => region.persistRecordAsync(offset, length),
  },
  {
    name: "fillAsync",
    writes: true,
    call: (region, options) => region.fillAsync(0, 64, 1, options),
    callWith: (region, offset, length) => region.fillAsync(offset, length, 1),
  },
  {
    name: "deepFlushAsync",
    writes: true,
    call: (region, options) => region.deepFlushAsync(0, 64, options),
    callWith: (region, offset, length) => region.deepFlushAsync(offset, length),
  },
  {
    name: "prefaultAsync",
    writes: false,
    call: (region, options) => region.prefaultAsync(0, 64, options),
    callWith: (region, offset, length) => region.prefaultAsync(offset, length),
  },
  {
    name: "adviseAsync",
    writes: false,
    call: (region, options) => region.adviseAsync("normal", 0, 64, options),
  },
  {
    name: "crc32cAsync",
    writes: false,
    call: (region, options) => region.crc32cAsync(0, 64, 0, options),
    callWith: (region, offset, length) => region.crc32cAsync(offset, length),
  },
  {
    name: "crc32cOfAsync",
    writes: false,
    call: (region, options) => region.crc32cOfAsync(new Uint8Array(64), 0, options),
  },
  {
    name: "growAsync",
    writes: true,
    call: (region, options) => region.growAsync(region.length, options),
  },
];

/** A method that takes a range, called with the range given. */
export interface RangeMethod {
  readonly name: string;
  call(region: Region, offset: number, length: number): unknown;
}

export const rangeMethods: readonly RangeMethod[] = [
  { name: "view", call: (region, offset, length) => region.view(offset, length) },
  { name: "flush", call: (region, offset, length) => region.flush(offset, length) },
  { name: "persist", call: (region, offset, length) => region.persist(offset, length) },
  { name: "deepFlush", call: (region, offset, length) => region.deepFlush(offset, length) },
  { name: "prefault", call: (region, offset, length) => region.prefault(offset, length) },
  { name: "flushMany (last)", call: (region, offset, length) => region.flushMany([0, 64, 64, 0, offset, length]) },
  { name: "persistMany (first)", call: (region, offset, length) => region.persistMany([offset, length, 0, 64]) },
  { name: "isShared", call: (region, offset, length) => region.isShared(offset, length) },
  { name: "sharedView", call: (region, offset, length) => region.sharedView(offset, length) },
  { name: "fill", call: (region, offset, length) => region.fill(offset, length, 1) },
  { name: "crc32c", call: (region, offset, length) => region.crc32c(offset, length) },
  { name: "copyWithin (target)", call: (region, offset, length) => region.copyWithin(offset, 2048, length) },
  { name: "copyWithin (source)", call: (region, offset, length) => region.copyWithin(2048, offset, length) },
  {
    name: "copyWithinCrc32c (target)",
    call: (region, offset, length) => region.copyWithinCrc32c(offset, 2048, length),
  },
  {
    name: "copyWithinCrc32c (source)",
    call: (region, offset, length) => region.copyWithinCrc32c(2048, offset, length),
  },
  { name: "persistRecord (record)", call: (region, offset, length) => region.persistRecord(offset, length) },
];

/** Ranges that no region of 4096 bytes has, with the class of error each must give. */
export const badRanges: readonly {
  readonly offset: unknown;
  readonly length: unknown;
  readonly error: ErrorConstructor;
}[] = [
  { offset: -1, length: 1, error: RangeError },
  { offset: 0, length: -1, error: RangeError },
  { offset: 1.5, length: 1, error: RangeError },
  { offset: 0, length: 1.5, error: RangeError },
  { offset: Number.NaN, length: 1, error: RangeError },
  { offset: 0, length: Number.NaN, error: RangeError },
  { offset: Number.POSITIVE_INFINITY, length: 1, error: RangeError },
  { offset: 0, length: Number.POSITIVE_INFINITY, error: RangeError },
  { offset: Number.NEGATIVE_INFINITY, length: 1, error: RangeError },
  { offset: 2 ** 53, length: 0, error: RangeError },
  { offset: 0, length: 2 ** 53, error: RangeError },
  { offset: 2 ** 53 - 1, length: 2 ** 53 - 1, error: RangeError },
  { offset: 1e300, length: 1, error: RangeError },
  { offset: 4096, length: 1, error: RangeError },
  { offset: 4097, length: 0, error: RangeError },
  { offset: 0, length: 4097, error: RangeError },
  { offset: 4095, length: 2, error: RangeError },
  { offset: "0", length: 1, error: TypeError },
  { offset: 0, length: "1", error: TypeError },
  { offset: undefined, length: 1, error: TypeError },
  { offset: 0, length: undefined, error: TypeError },
  { offset: null, length: 1, error: TypeError },
  { offset: 0n, length: 1, error: TypeError },
  { offset: 0, length: 1n, error: TypeError },
  { offset: {}, length: 1, error: TypeError },
  { offset: [0], length: 1, error: TypeError },
  { offset: true, length: 1, error: TypeError },
  { offset: Symbol.iterator, length: 1, error: TypeError },
];

/** Fills a region's first bytes with a pattern that differs in every 256-byte block, and returns it. */
export function writePattern(region: Region, length: number): Uint8Array {
  const pattern = Uint8Array.from({ length }, (_, index) => (index * 31 + (index >>> 8) * 7 + 1) & 0xff);
  region.copy(0, pattern);
  region.drain();
  return pattern;
}

/** A copy of a range's bytes as they are now. */
export function bytesOf(region: Region, offset: number, length: number): Uint8Array {
  const view = region.view(offset, length);
  const copy = new Uint8Array(view).slice();
  region.releaseView(view);
  return copy;
}
