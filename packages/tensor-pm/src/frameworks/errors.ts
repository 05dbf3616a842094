export type ModelErrorCode =
  /** The bytes are no model of the format, or are damaged. */
  | "ERR_MODEL_MALFORMED"
  /** The model is one that cannot be kept in this way. */
  | "ERR_MODEL_UNSUPPORTED"
  /** What stands on the shelf under the name is no model of this framework. */
  | "ERR_MODEL_TYPE";

/** A model could not be kept on a shelf or used from it. What checkpoint and shelf refuse has their own errors. */
export class ModelError extends Error {
  override readonly name = "ModelError";
  readonly code: ModelErrorCode;

  constructor(code: ModelErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
