import { checkOptions } from "@nodemm/pmem-native";
import { checkAlignment } from "./codecs/check-plan.ts";
import { unitBytes } from "./layout.ts";

/** How to store a value. */
export interface SetOptions {
  /**
   * Where the bytes start, in memory and on media: at a multiple of this, a power of two from 64 to 2 MiB. By default at
   * one of 64 or, where there is room for it, of 2 MiB for values so large that it costs little.
   */
  readonly alignment?: number;
}

/** @throws TypeError, RangeError */
export function alignmentOf(options: SetOptions): number {
  checkOptions("set", options, ["alignment"] satisfies (keyof SetOptions)[]);
  const { alignment = unitBytes } = options;
  if (typeof alignment !== "number") throw new TypeError(`alignment must be a number, got ${typeof alignment}`);
  checkAlignment(alignment, "alignment");
  return alignment;
}
