import { dram, simulatePowerFailure, type SimulatedRegion } from "@nodemm/emulator";
import type { Granularity } from "@nodemm/pmem-native";
import { openShelf, type Shelf } from "@nodemm/shelf";
import { load as loadTree, type LoadOptions, tensorTypes } from "../../src/index.ts";

export type AnyShelf = Shelf<Record<string, any>>;

export function load(shelf: AnyShelf, name: string, options?: LoadOptions): any {
  return loadTree<any>(shelf, name, options);
}

export function freshShelf(
  bytes = 4 << 20,
  granularity: Granularity = "cache-line",
): { shelf: AnyShelf; region: SimulatedRegion } {
  const region = simulatePowerFailure(dram({ size: bytes, granularity }));
  return { shelf: openShelf(region, { types: tensorTypes }), region };
}

/** The shelf that somebody opens when the power has come back. */
export function afterPowerFailure(region: SimulatedRegion): AnyShelf {
  return openShelf(dram({ image: region.durableImage(), granularity: region.granularity }), { types: tensorTypes });
}
