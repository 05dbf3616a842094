import type { Binding, NativeJob } from "./binding.ts";

/** What the thread pool does: the numbers of native/napi/background.cc. */
export const Verb = {
  persist: 0,
  copy: 1,
  /** With the byte as third number. */
  fill: 2,
  deepFlush: 3,
  prefault: 4,
  /** With the initial sum as third number. */
  crc32c: 5,
  read: 6,
  /** With the source's offset as third number. */
  copyWithin: 7,
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
