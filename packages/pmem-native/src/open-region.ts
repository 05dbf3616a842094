import type { NativeFailure } from "./binding.ts";
import { loadBinding } from "./load-binding.ts";
import { MappedRegion } from "./mapped-region.ts";
import { mediaFact, toRanges } from "./media.ts";
import { granularities, type CheckedOptions } from "./options.ts";
import { persistenceDomains, sourceKinds, sysfsRemark, sysfsRoot } from "./source.ts";

const survivals = ["none", "process-exit", "power-failure"] as const;

export interface OpenRequest extends CheckedOptions {
  /** What people know it by. */
  readonly source: string;
  /** Where it is opened. */
  readonly path: string;
  /** A number of `Creation` in native/core/source.h. */
  readonly creation: number;
  readonly readOnly: boolean;
  /** Bytes to be created; 0 for none. */
  readonly size: number;
}

/** Opens, locks and maps: the region, or the failure. A DAX device is cleared where `DAX_RESET=1` says so. */
export function openRegion(request: OpenRequest): MappedRegion | NativeFailure {
  const { source, path, creation, readOnly, size, capacity, demanded, forced } = request;
  const binding = loadBinding();
  const opened = binding.open(path, creation, readOnly, size, capacity, demanded, forced, sysfsRoot());
  if (opened.handle === undefined) return opened;
  const region = new MappedRegion(binding, source, readOnly, opened, {
    granularity: granularities[opened.granularity],
    durability: { survives: survivals[opened.survives], reason: opened.reason + sysfsRemark() },
    badBlocks: mediaFact(opened.badBlocks, toRanges),
    unsafeShutdowns: mediaFact(opened.unsafeShutdowns, (count) => count),
    kind: sourceKinds[opened.kind],
    persistenceDomain: persistenceDomains[opened.persistenceDomain],
  });
  if (region.kind === "dax-device" && process.env["DAX_RESET"] === "1") reset(region);
  return region;
}

function reset(region: MappedRegion): void {
  process.stderr.write(`DAX_RESET=1: clearing all ${region.length} bytes of ${region.path}\n`);
  try {
    region.fill(0, region.length, 0);
    region.drain();
  } catch (error) {
    region.close();
    throw error;
  }
}
