import { abortedError, checkSignal } from "./async-options.ts";
import type { Binding, NativeFailure, NativeRefusal, NativeRegion, OpenArguments } from "./binding.ts";
import { loadBinding } from "./load-binding.ts";
import { MappedRegion } from "./mapped-region.ts";
import { mediaFact, toRanges } from "./media.ts";
import { granularities, type CheckedOptions } from "./options.ts";
import type { AsyncOptions } from "./region.ts";
import { readOverrides } from "./overrides.ts";
import { persistenceDomains, sourceKinds, sysfsRemark } from "./source.ts";
import { Status } from "./status.ts";
import { outcomeOf } from "./work.ts";

const survivals = ["none", "process-exit", "power-failure"] as const;

export interface OpenRequest extends CheckedOptions {
  /** What people know it by. */
  readonly source: string;
  /** Where it is opened. */
  readonly path: string;
  /** A number of `Creation` in native/core/source.h. */
  readonly creation: number;
  readonly readOnly: boolean;
  /** Without a lock, beside the opener that holds it. */
  readonly beside?: boolean;
  /** Bytes to be created; 0 for none. */
  readonly size: number;
}

/** Opens, locks and maps: the region, or the failure. A DAX device is cleared where `DAX_RESET=1` says so. */
export function openRegion(request: OpenRequest): MappedRegion | NativeFailure {
  const binding = loadBinding();
  const opened = binding.open(...openArguments(request));
  if (opened.handle === undefined) return opened;
  const region = makeRegion(binding, request, opened);
  if (request.beside === true || !wantsReset(region)) return region;
  try {
    region.fill(0, region.length, 0);
    region.drain();
    return region;
  } catch (error) {
    region.close();
    throw error;
  }
}

/** {@link openRegion} on the thread pool. */
export async function openRegionAsync(
  request: OpenRequest,
  options: AsyncOptions,
): Promise<MappedRegion | NativeFailure> {
  const binding = loadBinding();
  const signal = checkSignal(request.source, options);
  const started = binding.openAsync(...openArguments(request));
  const opened: NativeRegion | NativeRefusal =
    started.job === undefined ? started : await outcomeOf(binding, started, signal);
  if (opened.status === Status.stopped) throw abortedError(request.source, signal, 0);
  if (opened.handle === undefined) return opened;
  const region = makeRegion(binding, request, opened);
  if (request.beside === true || !wantsReset(region)) return region;
  try {
    await region.fillAsync(0, region.length, 0, options);
    return region;
  } catch (error) {
    region.close();
    throw error;
  }
}

function openArguments(request: OpenRequest): OpenArguments {
  const { path, creation, readOnly, size, capacity, demanded, forced, beside = false } = request;
  return [path, creation, readOnly, size, capacity, demanded, forced, readOverrides(), beside];
}

function makeRegion(binding: Binding, { source, readOnly }: OpenRequest, opened: NativeRegion): MappedRegion {
  return new MappedRegion(binding, source, readOnly, opened, {
    granularity: granularities[opened.granularity],
    durability: { survives: survivals[opened.survives], reason: opened.reason + sysfsRemark() },
    badBlocks: mediaFact(opened.badBlocks, toRanges),
    unsafeShutdowns: mediaFact(opened.unsafeShutdowns, (count) => count),
    kind: sourceKinds[opened.kind],
    persistenceDomain: persistenceDomains[opened.persistenceDomain],
  });
}

/** Says so on the standard error stream, because it destroys all that the device held. */
function wantsReset(region: MappedRegion): boolean {
  if (region.kind !== "dax-device" || process.env["DAX_RESET"] !== "1") return false;
  process.stderr.write(`DAX_RESET=1: clearing all ${region.length} bytes of ${region.path}\n`);
  return true;
}
