import { endianness } from "node:os";
import { setImmediate } from "node:timers/promises";
import { checkOptions, PmemError, type Region } from "@nodemm/pmem-native";
import { ShelfError } from "../errors.ts";
import { mapToLook } from "../map-path.ts";
import { examine, type Subject } from "./examine.ts";
import type { CheckProgress, CheckReport } from "./finding.ts";

export interface CheckOptions {
  /** Read every byte of every variable as well, to find what the medium has lost. Without it, the time is opening's. */
  readonly data?: boolean;
}

export interface CheckAsyncOptions extends CheckOptions {
  /** Ends the check: it rejects with `ERR_SHELF_ABORTED`. */
  readonly signal?: AbortSignal;
  /** Called now and then. */
  readonly onProgress?: (progress: CheckProgress) => void;
}

/**
 * Checks a shelf that nobody has open for writing, by its path or in a region, and reports all that is wrong: superblocks,
 * catalog, extents that overlap or lie outside, the undo lane, bad blocks. Damage is reported, never thrown, and nothing
 * is written. A region stays the caller's, and open.
 *
 * @throws PmemError `ERR_PMEM_NOT_FOUND`, `ERR_PMEM_LOCKED` while a writer has it open (ask that one: `shelf.check()`)
 * @example
 * const { ok, findings } = checkShelf("state.shelf");
 * for (const { severity, message, advice } of findings) console.error(`${severity}: ${message}; ${advice}`);
 */
export function checkShelf(pathOrRegion: string | Region, options: CheckOptions = {}): CheckReport {
  const { data } = readCheckOptions(options);
  using opened = openSubject(pathOrRegion);
  return checkNow({ region: opened.region, data });
}

/** {@link checkShelf} in small pieces, between which other work goes on. The promise rejects where that one throws. */
export async function checkShelfAsync(
  pathOrRegion: string | Region,
  options: CheckAsyncOptions = {},
): Promise<CheckReport> {
  const { data } = readCheckOptions(options);
  using opened = openSubject(pathOrRegion);
  return await checkInPieces({ region: opened.region, data }, options);
}

export function readCheckOptions(options: CheckOptions): { readonly data: boolean } {
  checkOptions("check", options, ["data", "signal", "onProgress"] satisfies (keyof CheckAsyncOptions)[]);
  const { data = false } = options;
  if (typeof data !== "boolean") throw new TypeError(`data must be true or false, got ${typeof data}`);
  return { data };
}

export function checkNow(subject: Subject): CheckReport {
  const steps = examine(subject);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** How long the event loop is kept waiting. */
const sliceMilliseconds = 4;

export async function checkInPieces(subject: Subject, options: CheckAsyncOptions): Promise<CheckReport> {
  const { signal, onProgress } = options;
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new TypeError("signal must be an AbortSignal; pass that of an AbortController");
  }
  if (onProgress !== undefined && typeof onProgress !== "function") {
    throw new TypeError("onProgress must be a function");
  }
  const steps = examine(subject);
  for (let sliceEnd = performance.now() + sliceMilliseconds; ;) {
    if (signal?.aborted === true) failAborted(signal);
    const { done, value } = steps.next();
    if (done === true) return value;
    // What a live shelf says of itself is read in one go, so that it cannot change in between.
    if (performance.now() < sliceEnd || (subject.freeBytes !== undefined && value.phase === "metadata")) continue;
    onProgress?.(value);
    await setImmediate();
    sliceEnd = performance.now() + sliceMilliseconds;
  }
}

function failAborted(signal: AbortSignal): never {
  throw new ShelfError("ERR_SHELF_ABORTED", "the check was aborted; nothing was changed", { cause: signal.reason });
}

interface OpenedSubject extends Disposable {
  readonly region: Region;
}

function openSubject(pathOrRegion: string | Region): OpenedSubject {
  if (endianness() !== "LE") {
    throw new PmemError("ERR_PMEM_UNSUPPORTED", "this machine", "shelves need a little-endian machine");
  }
  if (typeof pathOrRegion === "string") {
    const region = mapToLook(pathOrRegion);
    return { region, [Symbol.dispose]: () => region.close() };
  }
  if (typeof pathOrRegion !== "object" || pathOrRegion === null || typeof pathOrRegion.view !== "function") {
    throw new TypeError("a check takes a path or a region");
  }
  return { region: pathOrRegion, [Symbol.dispose]: () => undefined };
}
