export { dram, type DramOptions } from "./dram.ts";
export type { KeptMemory } from "./kept-memory.ts";
export { calibrate, type Calibration, type CalibrationFigure } from "./latency/calibrate.ts";
export type { LatencyReport } from "./latency/medium-clock.ts";
export { latencyPresets, type LatencyParameters, type LatencyPreset } from "./latency/presets.ts";
export { withLatency, type LatencyRegion, type SafelyReadable } from "./latency/with-latency.ts";
export { memfd, type MemfdOptions } from "./memfd.ts";
export type { CrashContext } from "./power-failure/crash-context.ts";
export type { CrashPoint, CrashViolation, ExploreOptions, ExploreResult } from "./power-failure/explore-options.ts";
export { exploreCrashes, replayCrash, type CrashReplay } from "./power-failure/explore.ts";
export { exploreMutants, type Mutant } from "./power-failure/mutants.ts";
export type {
  CrashImage,
  CrashImageOptions,
  Mutation,
  PersistKind,
  PersistPoint,
  PowerFailureOptions,
} from "./power-failure/options.ts";
export { simulatePowerFailure, type SimulatedRegion } from "./power-failure/simulate.ts";
