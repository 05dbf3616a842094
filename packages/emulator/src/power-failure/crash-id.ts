/** One crash: the ordinal of the moment, and of the state among those of that moment. */
export interface CrashStep {
  readonly crash: number;
  readonly image: number;
}

/** Names a crash state for good: the same program, options and id give the same bytes again. */
export interface CrashId {
  readonly seed: number;
  readonly limit: number;
  /** Limit for crashes inside recovery. */
  readonly nestedLimit: number;
  /** The crash of the program, then the crash of its recovery, and so on. */
  readonly steps: readonly CrashStep[];
}

const FORM = /^seed=(-?\d+) limit=(\d+)(?:\/(\d+))? crash=(\d+(?:\.\d+)*) image=(\d+(?:\.\d+)*)$/;

/** `seed=1 limit=256 crash=12 image=33`; with a crash inside recovery `seed=1 limit=256/64 crash=12.3 image=33.5`. */
export function formatCrashId({ seed, limit, nestedLimit, steps }: CrashId): string {
  const limits = steps.length > 1 ? `${limit}/${nestedLimit}` : `${limit}`;
  const crashes = steps.map((step) => step.crash).join(".");
  const images = steps.map((step) => step.image).join(".");
  return `seed=${seed} limit=${limits} crash=${crashes} image=${images}`;
}

/** @throws TypeError unless `text` is of {@link formatCrashId}'s form */
export function parseCrashId(text: string): CrashId {
  const [, seed, limit, nestedLimit = limit, crash = "", image = ""] = FORM.exec(text.trim()) ?? [];
  const crashes = crash.split(".").map(Number);
  const images = image.split(".").map(Number);
  if (seed === undefined || crashes.length !== images.length) {
    throw new TypeError(
      `a crash id reads "seed=1 limit=256 crash=12 image=33" or, inside recovery, ` +
        `"seed=1 limit=256/64 crash=12.3 image=33.5", got ${JSON.stringify(text)}; give it as it was reported`,
    );
  }
  return {
    seed: Number(seed),
    limit: Number(limit),
    nestedLimit: Number(nestedLimit),
    steps: crashes.map((moment, index) => ({ crash: moment, image: images[index] })),
  };
}
