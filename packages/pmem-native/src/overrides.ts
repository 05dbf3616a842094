import type { Overrides } from "./binding.ts";
import { choice } from "./options.ts";
import { sysfsRoot } from "./source.ts";

/** In the order of `LargePersist` in native/core/large_ranges.h. */
const largePersists = ["lines", "parallel", "whole-cache"] as const;

/**
 * What the environment overrides, read at each mapping: `NODEMM_FLUSH` and `NODEMM_COPY` name instructions,
 * `NODEMM_LARGE_PERSIST` the most that is done for large persists, `NODEMM_PROC_ROOT` another tree than `/proc`.
 */
export function readOverrides(): Overrides {
  const large = process.env["NODEMM_LARGE_PERSIST"];
  return {
    sysfsRoot: sysfsRoot(),
    procRoot: process.env["NODEMM_PROC_ROOT"] || "/proc",
    flush: process.env["NODEMM_FLUSH"] ?? "",
    copy: process.env["NODEMM_COPY"] ?? "",
    largePersist: large ? choice("NODEMM_LARGE_PERSIST", large, largePersists) : -1,
  };
}
