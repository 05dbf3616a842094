import { unlinkSync } from "node:fs";
import { join } from "node:path";

import type { Medium } from "@nodemm/bench";
import { type Advice, mapFile, type MappedFile } from "@nodemm/pmem-native";

/**
 * The file that we and libpmem both map, at the same time: where its pages lie in memory decides about a third of what
 * a write-back takes. Ours makes it first, and removes it last.
 */
export function mappedPath(medium: Medium): string {
  return join(medium.directory, "mapped");
}

/** That file, new and mapped; /dev/shm stands in for persistent memory, so there it behaves like that. */
export function mapOn(medium: Medium, size: number, advice: Advice = "normal"): MappedFile {
  const region = mapFile(mappedPath(medium), {
    mode: "create",
    size,
    ...(standsInForPmem(medium) && { forceGranularity: "cache-line" }),
  });
  region.advise(advice);
  // All pages in place before the clock runs, as for every peer.
  region.fill(0, size, 0);
  region.drain();
  return region;
}

/** Closes a region and removes its file, which may take as much memory as it is long. */
export function removeMapped(region: MappedFile): void {
  region.close();
  unlinkSync(region.path);
}

export function describeDurability(region: MappedFile): string {
  return `${region.durability.survives} (${region.instructions.flush})`;
}

/** What makes libpmem treat a medium as {@link mapOn} does. */
export function libpmemEnvironment(medium: Medium): Readonly<Record<string, string>> {
  return standsInForPmem(medium) ? { PMEM_IS_PMEM_FORCE: "1" } : {};
}

function standsInForPmem(medium: Medium): boolean {
  return medium.id === "dev-shm";
}
