import { dram, simulatePowerFailure, type SimulatedRegion } from "@nodemm/emulator";
import { PmemError, type Region } from "@nodemm/pmem-native";

/** What every failing call throws. */
export const syncError: PmemError = new PmemError("ERR_PMEM_SYNC_FAILED", "a test", "msync failed with EIO");

const writing: ReadonlySet<PropertyKey> = new Set([
  ...["flush", "drain", "persist", "flushMany", "persistMany", "deepFlush", "publish", "fill", "grow"],
  ...["copy", "copyMany", "copyWithin", "copyWithinCrc32c", "persistRecord"],
]);

export interface FailingRegion {
  readonly region: Region;
  /** What is durable of it. */
  readonly simulated: SimulatedRegion;
  /** Writing calls so far. */
  readonly calls: () => number;
  /** Makes them fail from now on. */
  readonly fail: () => void;
}

/** Memory whose writing calls fail, each and for ever, from one of them on: as a poisoned region's do. */
export function failingRegion(sizeBytes: number, fatal: number = Infinity): FailingRegion {
  const simulated = simulatePowerFailure(dram({ size: sizeBytes, capacity: 2 * sizeBytes, granularity: "page" }));
  let calls = 0;
  let first = fatal;
  const region: Region = new Proxy(simulated, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== "function") return value;
      return (...parts: unknown[]): unknown => {
        if (writing.has(key) && calls++ >= first) throw syncError;
        return (value as (...parts: unknown[]) => unknown).apply(target, parts);
      };
    },
  });
  return { region, simulated, calls: () => calls, fail: () => (first = 0) };
}
