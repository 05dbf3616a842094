export { diagnose, type DiagnosedRegion } from "./diagnostics/diagnose.ts";
export type { Finding, FindingKind } from "./diagnostics/finding.ts";
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
export { ImageSet } from "./power-failure/image-set.ts";
export {
  exploreMutants,
  type Mutant,
  type MutantChange,
  mutantPoints,
  type MutantPoint,
  mutationOf,
} from "./power-failure/mutants.ts";
export type {
  CrashImage,
  CrashImageOptions,
  Mutation,
  PersistKind,
  PersistPoint,
  PowerFailureOptions,
} from "./power-failure/options.ts";
export { simulatePowerFailure, type SimulatedRegion } from "./power-failure/simulate.ts";
