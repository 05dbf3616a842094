import type { CrashSuite, Exploration } from "@nodemm/crash";
import type { Granularity } from "@nodemm/pmem-native";
import { shelfExploration, type Scenario } from "../support/explore.ts";
import { killedExploration } from "../support/killed-exploration.ts";
import { randomScenario, scenarios } from "../support/scenarios.ts";
import { metadataDamage } from "./metadata-damage.ts";
import { sealDamage } from "./seal-damage.ts";

const granularities: readonly Granularity[] = ["cache-line", "page", "byte"];
const randomSteps = 40;

function exploration(what: string, scenario: Scenario, granularity: Granularity, seed = 1): Exploration {
  return {
    name: `${what}, ${granularity}`,
    // The shelf does the same on all of them, and whole pages hide a flush that is missing.
    findsMutants: granularity === "cache-line",
    options: (limits) => shelfExploration(scenario, { ...limits, granularity, seed }),
  };
}

function killed(granularity: Granularity): Exploration {
  return {
    name: `processes that are killed, ${granularity}`,
    findsMutants: granularity === "cache-line",
    options: (limits) => killedExploration(limits, granularity),
  };
}

/**
 * Power failure at any moment, and again in the recovery, leaves the old or the new state of every operation and
 * transaction (P9, P11), whatever the medium's granularity (P15).
 */
const suite: CrashSuite = {
  name: "shelf",
  explorations: [
    ...Object.entries(scenarios).flatMap(([what, scenario]) =>
      granularities.map((granularity) => exploration(what, scenario, granularity)),
    ),
    ...granularities.map(killed),
  ],
  random(seed) {
    const granularity = granularities[seed % granularities.length];
    return exploration("random operations", randomScenario(seed, randomSteps), granularity, seed);
  },
  damageChecks: [metadataDamage, sealDamage],
  unexplored: [
    ...[
      "this.#owner.region.copyAsync(",
      "this.#owner.region.persistAsync(",
      "this.#region.copyAsync(",
      "this.#region.persistAsync(",
    ].map((call) => ({
      call,
      reason: "an exploration is synchronous; of a region these are `copy`, `flush` and a drain, which are explored",
    })),
    { call: "this.#region.fill(this.#offset", reason: "scratch values: a crash leaves nothing of them" },
    { call: "region.copy(0, bytes)", reason: "fills memory that belongs to one process, for bytes to be looked at" },
  ],
};

export default suite;
