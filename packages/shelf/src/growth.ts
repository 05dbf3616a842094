import { PmemError } from "@nodemm/pmem-native";

/** How a shelf that is full makes itself larger, in bytes. */
export interface Growth {
  /** How much at least; undefined for a quarter of the size. */
  readonly step: number | undefined;
  readonly max: number;
}

/** Grows as far as is wanted or, where the medium has no room for that, as far as is needed. */
export function growAsFarAsPossible(wanted: number, needed: number, grow: (bytes: number) => void): void {
  try {
    grow(wanted);
  } catch (error) {
    if (!(error instanceof PmemError) || error.code !== "ERR_PMEM_NO_SPACE" || needed >= wanted) throw error;
    grow(needed);
  }
}
