/** Stable codes of what can go wrong on a shelf. */
export type ShelfErrorCode =
  | "ERR_SHELF_ABORTED"
  | "ERR_SHELF_CLOSED"
  | "ERR_SHELF_CORRUPT"
  | "ERR_SHELF_ERASED"
  | "ERR_SHELF_FEATURES"
  | "ERR_SHELF_FORMAT_VERSION"
  | "ERR_SHELF_NAME"
  | "ERR_SHELF_NO_OWNER"
  | "ERR_SHELF_NO_SPACE"
  | "ERR_SHELF_NO_TRANSACTION"
  | "ERR_SHELF_NO_VARIABLE"
  | "ERR_SHELF_NOT_A_SHELF"
  | "ERR_SHELF_BUSY"
  | "ERR_SHELF_READERS"
  | "ERR_SHELF_READ_ONLY"
  | "ERR_SHELF_SIZE"
  | "ERR_SHELF_TRANSACTION"
  | "ERR_SHELF_TYPE"
  | "ERR_SHELF_UNSAFE_SHUTDOWN";

/** Facts that some codes carry beside the message. Byte figures are bytes. */
export interface ShelfErrorDetails {
  /** ERR_SHELF_CORRUPT: the structure that failed its check, e.g. `superblock`, `catalog frame`, `undo entry`. */
  readonly structure?: string;
  /** ERR_SHELF_CORRUPT: where it lies, from the start of the shelf. */
  readonly offset?: number;
  /** ERR_SHELF_NO_SPACE: bytes asked for, free in all, and in the largest free extent. */
  readonly needed?: number;
  readonly free?: number;
  readonly largestExtent?: number;
  /** The variable concerned. */
  readonly variable?: string;
  readonly cause?: unknown;
}

/** A shelf refused or failed. Misuse (wrong types, impossible arguments) is a plain `TypeError`/`RangeError`. */
export class ShelfError extends Error {
  override readonly name = "ShelfError";
  readonly code: ShelfErrorCode;
  declare readonly structure?: string;
  declare readonly offset?: number;
  declare readonly needed?: number;
  declare readonly free?: number;
  declare readonly largestExtent?: number;
  declare readonly variable?: string;

  constructor(code: ShelfErrorCode, message: string, details: ShelfErrorDetails = {}) {
    const { cause, ...facts } = details;
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    Object.assign(this, facts);
  }
}
