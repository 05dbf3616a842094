export type CheckpointErrorCode =
  /** A save of this checkpoint is under way. */
  | "ERR_CHECKPOINT_BUSY"
  /** The variable of this name is no checkpoint. */
  | "ERR_CHECKPOINT_NAME_TAKEN"
  /** There is no checkpoint of this name, or no such version of it. */
  | "ERR_CHECKPOINT_NOT_FOUND"
  /** The checkpoint was erased, renamed or saved by another way while a save of it was under way. */
  | "ERR_CHECKPOINT_CHANGED"
  /** A save failed that had changed part of this version in place; the next opening of the shelf brings it back. */
  | "ERR_CHECKPOINT_TORN";

/** A checkpoint could not be saved or loaded. What the shelf refuses is a `ShelfError`. */
export class CheckpointError extends Error {
  override readonly name = "CheckpointError";
  readonly code: CheckpointErrorCode;
  /** The checkpoint's name. */
  readonly checkpoint: string;

  constructor(code: CheckpointErrorCode, checkpoint: string, message: string) {
    super(`Checkpoint ${JSON.stringify(checkpoint)}: ${message}`);
    this.code = code;
    this.checkpoint = checkpoint;
  }
}
