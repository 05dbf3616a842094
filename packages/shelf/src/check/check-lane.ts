import type { Region } from "@nodemm/pmem-native";
import { ShelfError } from "../errors.ts";
import { lanesOffset } from "../layout.ts";
import type { Superblock } from "../superblock.ts";
import { type HeapUse, UndoLog } from "../undo-log.ts";
import type { Findings } from "./finding.ts";

/** Whether the undo lane can do its work: opening would roll back exactly what a crash left. Returns how many entries. */
export function checkLane(
  region: Region,
  superblock: Superblock,
  committed: number,
  use: HeapUse,
  findings: Findings,
): number {
  const place = { lane: 0, offset: lanesOffset, bytes: superblock.laneBytes, seed: superblock.seed };
  let undo: UndoLog | undefined;
  try {
    undo = new UndoLog(region, place, committed);
    const live = undo.inspect(use);
    if (live === 0) return 0;
    findings.add({
      structure: "undo lane",
      offset: lanesOffset,
      severity: "note",
      message: `a transaction was cut short: ${live} undo entries wait to be rolled back`,
      advice: "nothing needs doing; the next opening for writing rolls it back",
    });
    return live;
  } catch (error) {
    if (!(error instanceof ShelfError)) throw error;
    findings.add({
      structure: "undo lane",
      offset: error.offset ?? lanesOffset,
      severity: "error",
      message: error.message,
      advice: "a transaction that was cut short cannot be rolled back wholly: restore the shelf from a copy",
    });
    return 0;
  } finally {
    undo?.releaseSpills();
  }
}
