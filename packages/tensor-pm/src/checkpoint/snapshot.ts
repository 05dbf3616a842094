/**
 * Writing the state of one moment while it goes on changing. The copies are made by one thread, one leaf after another; before
 * an in-place operation changes elements that have not been copied, it copies them itself (a piece of at most 1 MiB at a
 * time, only those that it is going to change), or waits for the piece that the thread is copying.
 */
import { watchWrites } from "@nodemm/ndarray-pm";
import type { LeafPatch, SavePlan } from "./plan.ts";
import type { CheckpointShelf } from "./shelf.ts";

interface SnapshotOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (writtenBytes: number, totalBytes: number) => void;
}

/** How often progress is told. */
const progressMs = 20;

/** Writes the whole leaves of a plan as they are at the call; durable when fulfilled. */
export async function writeSnapshot(
  shelf: CheckpointShelf,
  { writes, record }: SavePlan,
  { signal, onProgress }: SnapshotOptions,
): Promise<void> {
  const total = writes.reduce((sum, { source }) => sum + source.length, 0);
  const copies = writes.map(({ number, source }) => ({ name: record.dataName(number), source }));
  const refusal = new AbortController();
  const signals = [signal, onProgress && refusal.signal].filter((each) => each !== undefined);
  const job = shelf.copyManyAsync(copies, { signal: signals.length > 1 ? AbortSignal.any(signals) : signals[0] });
  const stop = watchWrites((buffer, byteOffset, byteLength) => job.settle(buffer, byteOffset, byteLength));
  // What it throws ends the copies, and the save once they have ended: nothing may be written behind its back.
  const report = (writtenBytes: number): void => {
    try {
      onProgress?.(writtenBytes, total);
    } catch (error) {
      refusal.abort(error);
    }
  };
  const timer = onProgress && setInterval(() => report(job.copiedBytes), progressMs);
  try {
    report(0);
    await job.done;
    report(total);
  } catch (error) {
    refusal.signal.throwIfAborted();
    throw error;
  } finally {
    stop();
    clearInterval(timer);
  }
  refusal.signal.throwIfAborted();
}

/** The same plan with the bytes of its patches kept aside: they are stored at the end, when their sources have changed. */
export function keepPatches(plan: SavePlan): SavePlan {
  const patches = plan.patches.map((patch): LeafPatch => {
    // Only the pages that are written take memory.
    const source = new Uint8Array(patch.source.length);
    for (let at = 0; at < patch.ranges.length; at += 2) {
      source.set(patch.source.subarray(patch.ranges[at], patch.ranges[at + 1]), patch.ranges[at]);
    }
    return { ...patch, source };
  });
  return { ...plan, patches };
}
