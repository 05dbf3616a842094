import type { CheckpointShelf } from "../../checkpoint/shelf.ts";
import { checkOptions } from "../../options.ts";
import { shelfIO, type ShelfIOHandler, type ShelfIOOptions, type ShelfSaveResult } from "./shelf-io.ts";

/** What is needed of a model that is trained. */
export interface TrainedModel {
  save(handler: ShelfIOHandler, config?: { includeOptimizer?: boolean }): Promise<unknown>;
}

/** How far a training was when it was saved. */
export interface TrainingProgress {
  /** Epochs that are done: the `initialEpoch` to carry on from. */
  readonly epoch: number;
  /** Batches done of the epoch that is under way. */
  readonly batch: number;
  /** What `fit` said last: `loss` and metrics. */
  readonly logs: Readonly<Record<string, number>>;
}

export interface CheckpointCallbackOptions extends Pick<ShelfIOOptions, "keep" | "changes"> {
  /** Save after every so many epochs; 1 by default, 0 for never. */
  readonly everyEpochs?: number;
  /** Save after every so many batches, too; 0, the default, for never. */
  readonly everyBatches?: number;
  /** Save the optimiser's state, so that training carries on as if it had not ended; true by default. */
  readonly includeOptimizer?: boolean;
  /** Called after each save. */
  readonly onSaved?: (progress: TrainingProgress, result: ShelfSaveResult) => void;
}

/** For the `callbacks` of `model.fit`. */
export interface CheckpointCallback {
  onEpochBegin(epoch: number): void;
  onBatchEnd(batch: number, logs?: Record<string, number>): Promise<void>;
  onEpochEnd(epoch: number, logs?: Record<string, number>): Promise<void>;
}

/**
 * Saves a model while it is trained, after each epoch and, if asked, every so many batches; `fit` goes on when the save is
 * durable.
 *
 *     await model.fit(x, y, { epochs: 5, callbacks: checkpointCallback(model, shelf, "run", { everyBatches: 50 }) });
 *
 * After a crash, `tf.loadLayersModel(shelfIO(shelf, "run"))` has model and optimiser as they were at the last save, and
 * `progressOf(shelf, "run")` is its {@link TrainingProgress}: pass its `epoch` as `initialEpoch`.
 * @throws RangeError for numbers that make no sense
 */
export function checkpointCallback(
  model: TrainedModel,
  shelf: CheckpointShelf,
  name: string,
  options: CheckpointCallbackOptions = {},
): CheckpointCallback {
  checkOptions("checkpointCallback", options, [
    "keep",
    "changes",
    "everyEpochs",
    "everyBatches",
    "includeOptimizer",
    "onSaved",
  ]);
  const { keep = 1, changes = "all", includeOptimizer = true, onSaved } = options;
  const everyEpochs = checkCount("everyEpochs", options.everyEpochs ?? 1);
  const everyBatches = checkCount("everyBatches", options.everyBatches ?? 0);
  let epoch = 0;
  const saveModel = async (progress: TrainingProgress): Promise<void> => {
    const handler = shelfIO(shelf, name, { keep, changes, progress: () => progress });
    const result = (await model.save(handler, { includeOptimizer })) as ShelfSaveResult;
    onSaved?.(progress, result);
  };
  return {
    onEpochBegin(begun) {
      epoch = begun;
    },
    async onBatchEnd(batch, logs = {}) {
      const done = batch + 1;
      if (everyBatches > 0 && done % everyBatches === 0) await saveModel({ epoch, batch: done, logs: numbersOf(logs) });
    },
    async onEpochEnd(ended, logs = {}) {
      const done = ended + 1;
      if (everyEpochs > 0 && done % everyEpochs === 0) {
        await saveModel({ epoch: done, batch: 0, logs: numbersOf(logs) });
      }
    },
  };
}

function numbersOf(logs: Readonly<Record<string, unknown>>): Record<string, number> {
  const numbers = Object.entries(logs).filter((entry): entry is [string, number] => typeof entry[1] === "number");
  return Object.fromEntries(numbers);
}

function checkCount(what: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new RangeError(`${what}: expected a whole number of at least 0, found ${String(value)}`);
}
