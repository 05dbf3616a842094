/** Stable codes of what can go wrong between a region and its medium. */
export type PmemErrorCode =
  | "ERR_PMEM_ABORTED"
  | "ERR_PMEM_CAPACITY"
  | "ERR_PMEM_CLOSED"
  | "ERR_PMEM_EXISTS"
  | "ERR_PMEM_FAULT"
  | "ERR_PMEM_GRANULARITY"
  | "ERR_PMEM_LOCKED"
  | "ERR_PMEM_NO_BINDING"
  | "ERR_PMEM_NO_SPACE"
  | "ERR_PMEM_NOT_A_FILE"
  | "ERR_PMEM_NOT_FOUND"
  | "ERR_PMEM_PERMISSION"
  | "ERR_PMEM_READ_ONLY"
  | "ERR_PMEM_SIZE"
  | "ERR_PMEM_SYNC_FAILED"
  | "ERR_PMEM_SYSTEM"
  | "ERR_PMEM_UNSUPPORTED"
  | "ERR_PMEM_VIEW_OVERLAP"
  | "ERR_PMEM_VIEW_TOO_LARGE";

/** A region or its medium failed. Misuse (wrong types, ranges outside the region) is a plain `TypeError`/`RangeError`. */
export class PmemError extends Error {
  override readonly name = "PmemError";
  readonly code: PmemErrorCode;
  /** Where the region lives: a path, or a name such as `dram`. */
  readonly source: string;

  /** Of an asynchronous operation that was aborted or closed upon: how many bytes from its beginning are durable. */
  declare readonly completedBytes?: number;

  constructor(
    code: PmemErrorCode,
    source: string,
    message: string,
    options?: ErrorOptions & { readonly completedBytes?: number },
  ) {
    super(message, options);
    this.code = code;
    this.source = source;
    if (options?.completedBytes !== undefined) this.completedBytes = options.completedBytes;
  }
}
