import { ShelfError } from "../errors.ts";
import { superblockOffsets } from "../layout.ts";
import type { CopyState, Superblock, SuperblockPair } from "../superblock.ts";
import type { CheckReport, Findings } from "./finding.ts";

const restoring = "restore the shelf from a copy, after keeping this one aside";

/** What the copies say, and the newest whole one. */
export function checkSuperblocks(
  pair: SuperblockPair,
  findings: Findings,
): { readonly kind: CheckReport["kind"]; readonly superblock: Superblock | undefined } {
  const copies = superblockOffsets.map((offset) => stateOf(pair, offset));
  const whole = copies.filter((copy) => typeof copy === "object" && !(copy instanceof ShelfError)) as Superblock[];
  const newest = whole.sort((a, b) => b.sequence - a.sequence).at(0);
  for (const [index, copy] of copies.entries()) tellOfCopy(superblockOffsets[index], copy, newest, findings);
  if (newest !== undefined || copies.some((copy) => copy instanceof ShelfError)) {
    return { kind: "shelf", superblock: newest };
  }
  if (copies[0] === "creating") {
    findings.add({
      structure: "superblock",
      offset: superblockOffsets[0],
      severity: "note",
      message: "a shelf was being created here, and the creation never finished",
      advice: "open it with a size to make it a shelf; nothing is lost",
    });
    return { kind: "unfinished", superblock: undefined };
  }
  if (copies.includes("damaged")) {
    findings.add({
      structure: "superblock",
      offset: superblockOffsets[0],
      severity: "error",
      message: "no copy of the superblock is whole",
      advice: restoring,
    });
    return { kind: "shelf", superblock: undefined };
  }
  return { kind: pair.isBlank ? "blank" : "foreign", superblock: undefined };
}

function stateOf(pair: SuperblockPair, offset: number): CopyState | ShelfError {
  try {
    return pair.readCopy(offset);
  } catch (error) {
    if (error instanceof ShelfError) return error;
    throw error;
  }
}

function tellOfCopy(
  offset: number,
  copy: CopyState | ShelfError,
  newest: Superblock | undefined,
  findings: Findings,
): void {
  if (copy instanceof ShelfError) {
    const advice =
      copy.code === "ERR_SHELF_CORRUPT" ? restoring : "use the release that wrote this shelf, or a newer one";
    findings.add({ structure: "superblock", offset, severity: "error", message: copy.message, advice });
    return;
  }
  if (newest === undefined || (typeof copy === "object" && copy.sequence === newest.sequence)) return;
  findings.add({
    structure: "superblock",
    offset,
    severity: "warning",
    message:
      typeof copy === "object"
        ? `this copy of the superblock is older than the other (${copy.sequence} against ${newest.sequence})`
        : `this copy of the superblock is ${copy === "absent" ? "gone" : "damaged"}; the other is whole`,
    advice: "open the shelf for writing, or repair it: either rewrites this copy from the other",
  });
}
