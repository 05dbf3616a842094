import type { Binding, NativeJob } from "./binding.ts";

/** What the thread pool does: the numbers of native/napi/background.cc. */
export const Verb = {
  persist: 0,
  copy: 1,
  /** With the source's offset as third number. */
  copyWithinCrc32c: 2,
  /** With the byte as third number. */
  fill: 3,
  deepFlush: 4,
  prefault: 5,
  /** With the advice's number as third. */
  advise: 6,
  crc32c: 7,
  read: 8,
  /** Of memory outside the region. */
  crc32cOf: 9,
  /** With the source's offset as third number. */
  copyWithin: 10,
} as const;

/** Waits for a job's outcome; the signal's abort lets the step in progress be the last. */
export async function outcomeOf<Outcome>(
  native: Binding,
  { job, outcome }: NativeJob<Outcome>,
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  const stop = (): void => native.stop(job);
  signal?.addEventListener("abort", stop, { once: true });
  try {
    return await outcome;
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}
