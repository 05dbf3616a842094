import type { Limits } from "./suite.ts";

/** What a form of the command does. */
export interface Plan {
  readonly form: "short" | "long";
  /** Different images to see at least; seeded operations go on until then. */
  readonly images: number;
  /** For the explorations that a suite names. */
  readonly named: Limits;
  /** For its seeded ones. */
  readonly random: Limits;
  /** For finding the persist points: a few states are enough to walk through every recovery once. */
  readonly survey: Limits;
}

const survey: Limits = { nestedDepth: 1, limitPerPoint: 16, nestedLimitPerPoint: 1 };

/** Two crashes inside recovery everywhere: a recovery that is cut short, and the recovery from that. */
export const plans: Readonly<Record<Plan["form"], Plan>> = {
  short: {
    form: "short",
    images: 500_000,
    named: { nestedDepth: 2, limitPerPoint: 48, nestedLimitPerPoint: 12 },
    random: { nestedDepth: 2, limitPerPoint: 48, nestedLimitPerPoint: 4 },
    survey,
  },
  long: {
    form: "long",
    images: 20_000_000,
    named: { nestedDepth: 2, limitPerPoint: 512, nestedLimitPerPoint: 32 },
    random: { nestedDepth: 2, limitPerPoint: 192, nestedLimitPerPoint: 8 },
    survey,
  },
};
