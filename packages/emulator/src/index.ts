export { dram, type DramOptions } from "./dram.ts";
export type {
  CrashImage,
  CrashImageOptions,
  Mutation,
  PersistKind,
  PersistPoint,
  PowerFailureOptions,
} from "./power-failure/options.ts";
export { simulatePowerFailure, type SimulatedRegion } from "./power-failure/simulate.ts";
