import { dram, simulatePowerFailure, type SimulatedRegion } from "@nodemm/emulator";
import { openShelf, type OpenShelfOptions, type Shelf } from "../../src/index.ts";

export const sizeBytes: number = 1 << 20;

/** A fresh shelf on memory that knows what a power failure would leave. */
export function freshShelf({ bytes = sizeBytes, ...options }: OpenShelfOptions & { readonly bytes?: number } = {}): {
  readonly shelf: Shelf;
  readonly region: SimulatedRegion;
} {
  const region = simulatePowerFailure(dram({ size: bytes, capacity: 8 * sizeBytes }));
  return { shelf: openShelf(region, options), region };
}

/** What is there after power fails now and the machine starts again: the durable bytes alone, in other memory. */
export function afterPowerFailure(region: SimulatedRegion, options: OpenShelfOptions = {}): Shelf {
  return openShelf(dram({ image: region.durableImage() }), options);
}
