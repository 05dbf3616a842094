/** Stable codes of what is wrong with a file of arrays. What the system refuses keeps its own code, such as `ENOENT`. */
export type ArrayFileErrorCode =
  /** The bytes are no `.npy` or `.npz` file, or contradict themselves. */
  | "ERR_ARRAY_FILE_FORMAT"
  /** The file ends before its elements do. */
  | "ERR_ARRAY_FILE_TRUNCATED"
  /** The file holds what this package has no dtype for: records, Python objects, texts, dates. */
  | "ERR_ARRAY_FILE_UNSUPPORTED"
  /** The bytes of a member of an `.npz` file are not those that were written. */
  | "ERR_ARRAY_FILE_CHECKSUM"
  /** An `.npz` file has no member of this name. */
  | "ERR_ARRAY_FILE_NO_MEMBER"
  /** Another load into a variable of this name is under way. */
  | "ERR_ARRAY_FILE_BUSY"
  /** The file is another than when its header was read. */
  | "ERR_ARRAY_FILE_CHANGED";

/** A file of arrays could not be read. Nothing has changed: no variable, no file. */
export class ArrayFileError extends Error {
  override readonly name = "ArrayFileError";
  readonly code: ArrayFileErrorCode;
  /** The file, and for an `.npz` file the member after a colon. */
  readonly source: string;

  constructor(code: ArrayFileErrorCode, source: string, message: string, options?: ErrorOptions) {
    super(`${source}: ${message}`, options);
    this.code = code;
    this.source = source;
  }
}
