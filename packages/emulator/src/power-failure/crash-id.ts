/** One crash: the ordinal of the moment, and of the state among those of that moment. */
export interface CrashStep {
  readonly crash: number;
  readonly image: number;
}

/** Names a crash state of an exploration for good: the same options and this give the same state again. */
export interface CrashId {
  readonly seed: number;
  readonly limit: number;
  readonly nestedLimit: number;
  /** The crash of the workload, then the crash of its recovery, and so on. */
  readonly steps: readonly CrashStep[];
}

/** `seed=1 limit=256/64 crash=12.3 image=33.5`: limits of outer and nested crashes, then a part for each crash. */
export function formatCrashId({ seed, limit, nestedLimit, steps }: CrashId): string {
  const crashes = steps.map((step) => step.crash).join(".");
  const images = steps.map((step) => step.image).join(".");
  return `seed=${seed} limit=${limit}/${nestedLimit} crash=${crashes} image=${images}`;
}

/** @throws TypeError unless `text` is of {@link formatCrashId}'s form */
export function parseCrashId(text: string): CrashId {
  const match = /^seed=(-?\d+) limit=(\d+)\/(\d+) crash=(\d+(?:\.\d+)*) image=(\d+(?:\.\d+)*)$/.exec(text.trim());
  const crashes = match?.[4].split(".").map(Number) ?? [];
  const images = match?.[5].split(".").map(Number) ?? [];
  if (match === null || crashes.length !== images.length) {
    throw new TypeError(
      `a crash id reads "seed=1 limit=256/64 crash=12 image=33" (".3" and ".5" after those for a nested crash), got ` +
        JSON.stringify(text),
    );
  }
  return {
    seed: Number(match[1]),
    limit: Number(match[2]),
    nestedLimit: Number(match[3]),
    steps: crashes.map((crash, index) => ({ crash, image: images[index] })),
  };
}
