export type SafetensorsErrorCode =
  /** Another import with the same prefix is under way on this shelf. */
  | "ERR_SAFETENSORS_BUSY"
  /** The header is no JSON of the shape that the format asks for. */
  | "ERR_SAFETENSORS_HEADER"
  /** A name stands in the header twice. */
  | "ERR_SAFETENSORS_DUPLICATE"
  /** Offsets overlap, leave holes, or do not agree with shapes. */
  | "ERR_SAFETENSORS_OFFSETS"
  /** The header is longer than allowed, or than what there is; or the data are shorter or longer than it says. */
  | "ERR_SAFETENSORS_LENGTH"
  /** A tensor to be loaded is of a dtype that this package does not have. */
  | "ERR_SAFETENSORS_DTYPE";

/** A file or stream is no safetensors, or a damaged one; nothing has been stored. */
export class SafetensorsError extends Error {
  override readonly name = "SafetensorsError";
  readonly code: SafetensorsErrorCode;
  /** The tensor concerned. */
  declare readonly tensor?: string;

  constructor(
    code: SafetensorsErrorCode,
    message: string,
    details: { readonly tensor?: string; readonly cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    if (details.tensor !== undefined) this.tensor = details.tensor;
  }
}
