/** What a region is mapped from, in the order of `SourceKind` in native/core/source.h. */
export const sourceKinds = ["file", "dax-device", "memory"] as const;

/** What a region is mapped from; `memory` has no name, and goes with the last process that has it open. */
export type SourceKind = (typeof sourceKinds)[number];

/** In the order of `PersistenceDomain` in native/core/persistence_domain.h. */
export const persistenceDomains = ["cpu-cache", "memory-controller", "unreported", "none"] as const;

/**
 * How far a store must get to survive a power failure, as the platform reports it for persistent memory: into the
 * processor's caches (eADR), or out of them to the memory controller (ADR). `unreported` where it says nothing, `none`
 * where the source lies on no persistent memory. Of several memories the furthest domain counts.
 */
export type PersistenceDomain = (typeof persistenceDomains)[number];

const usualRoot = "/sys";

/** Where the kernel tells of devices. `NODEMM_SYSFS_ROOT` names another tree, for tests. */
export function sysfsRoot(): string {
  return process.env["NODEMM_SYSFS_ROOT"] || usualRoot;
}

/** What a durability statement has to add when it may rest on another tree than the kernel's. */
export function sysfsRemark(): string {
  const root = sysfsRoot();
  return root === usualRoot ? "" : ` (if NODEMM_SYSFS_ROOT=${root} tells the truth)`;
}
