import { dram, simulatePowerFailure, type SimulatedRegion } from "@nodemm/emulator";
import { openShelf, type Shelf } from "@nodemm/shelf";
import { tensorTypes } from "../../src/index.ts";

export type AnyShelf = Shelf<Record<string, any>>;

export function freshShelf(bytes = 4 << 20): { shelf: AnyShelf; region: SimulatedRegion } {
  const region = simulatePowerFailure(dram({ size: bytes }));
  return { shelf: openShelf(region, { types: tensorTypes }), region };
}

/** What would be there if the power failed now. */
export function afterPowerFailure(region: SimulatedRegion): AnyShelf {
  return openShelf(dram({ image: region.durableImage() }), { types: tensorTypes });
}
