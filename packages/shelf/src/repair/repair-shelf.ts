import { checkOptions, PmemError, type Region } from "@nodemm/pmem-native";
import { Catalog } from "../catalog.ts";
import { CatalogSurvey } from "../check/check-catalog.ts";
import { checkNow, checkShelf } from "../check/check-shelf.ts";
import type { CheckReport } from "../check/finding.ts";
import { ShelfError } from "../errors.ts";
import { catalogHeaderBytes, superblockBytes, superblockOffsets } from "../layout.ts";
import { mapToRepair } from "../map-path.ts";
import { openShelf } from "../open-shelf.ts";
import type { QuarantinedRange } from "../quarantine.ts";
import { type CopyState, type Superblock, SuperblockPair } from "../superblock.ts";
import { saveRecoveryCopy } from "./recovery-copy.ts";

export interface RepairOptions {
  /** Where to keep the bytes that are overwritten. By default the shelf's path with `.recovery-` and the time. */
  readonly recoveryPath?: string;
}

/** Something that was put right. */
export interface Repair {
  readonly structure: "superblock" | "catalog header";
  /** Bytes from here on were rewritten; the recovery copy has what they were. */
  readonly offset: number;
  readonly length: number;
  readonly message: string;
}

export interface RepairReport {
  /** What was wrong before. */
  readonly before: CheckReport;
  readonly repairs: readonly Repair[];
  readonly quarantined: readonly QuarantinedRange[];
  /** What is wrong still: what cannot be put right without guessing. */
  readonly after: CheckReport;
  /** Where the bytes are that were overwritten; undefined where none were. */
  readonly recoveryPath: string | undefined;
}

interface Step extends Repair {
  readonly apply: () => void;
}

/**
 * Puts right what can be without guessing: a superblock copy from the other; the catalog's header, where every frame is
 * whole and nothing torn lies behind them; and keeps new variables away from bad places of the medium. What was
 * overwritten is kept in a file of its own, written and synced before. The rest is reported. Transactions that were cut
 * short are left to the next opening, which rolls them back.
 *
 * @throws PmemError `ERR_PMEM_NOT_FOUND`, `ERR_PMEM_LOCKED` and others of the medium; an error of the file system if the
 *   recovery copy cannot be written: nothing was changed then
 * @example
 * const { repairs, after, recoveryPath } = repairShelf("state.shelf");
 */
export function repairShelf(path: string, options: RepairOptions = {}): RepairReport {
  if (typeof path !== "string") throw new TypeError("repairShelf takes a path");
  checkOptions("repairShelf", options, ["recoveryPath"] satisfies (keyof RepairOptions)[]);
  const { recoveryPath = `${path}.recovery-${new Date().toISOString().replaceAll(":", "")}` } = options;
  if (typeof recoveryPath !== "string") throw new TypeError("recoveryPath must be a path");
  if (process.env["DAX_RESET"] === "1") {
    throw new PmemError("ERR_PMEM_UNSUPPORTED", path, "DAX_RESET=1 would clear a device; unset it to repair a shelf");
  }
  const region = mapToRepair(path);
  let before: CheckReport;
  let steps: readonly Step[];
  let after: CheckReport;
  try {
    before = checkNow({ region, data: false });
    steps = before.kind === "shelf" && before.facts !== undefined ? planRepairs(region) : [];
    if (steps.length > 0) saveRecoveryCopy(region, recoveryPath, steps);
    for (const { apply } of steps) apply();
    after = checkNow({ region, data: false });
  } finally {
    region.close();
  }
  const quarantined = canQuarantine(after) ? quarantine(path) : [];
  if (quarantined.length > 0) after = checkShelf(path);
  const repairs = steps.map(({ structure, offset, length, message }) => ({ structure, offset, length, message }));
  return { before, repairs, quarantined, after, recoveryPath: steps.length > 0 ? recoveryPath : undefined };
}

function planRepairs(region: Region): Step[] {
  const pair = new SuperblockPair(region);
  const copies = superblockOffsets.map((offset) => stateOf(pair, offset));
  const newest = copies
    .filter((copy): copy is Superblock => typeof copy === "object")
    .sort((a, b) => b.sequence - a.sequence)
    .at(0);
  if (newest === undefined || copies.includes("refused")) return [];
  const steps: Step[] = [];
  for (const [index, offset] of superblockOffsets.entries()) {
    const copy = copies[index];
    if (typeof copy === "object" && copy.sequence === newest.sequence) continue;
    const message = "rewrote this copy of the superblock from the other";
    const apply = (): void => pair.repair(newest, [offset]);
    steps.push({ structure: "superblock", offset, length: superblockBytes, message, apply });
  }
  const header = planCatalogHeader(region, newest);
  return header === undefined ? steps : [...steps, header];
}

function stateOf(pair: SuperblockPair, offset: number): CopyState | "refused" {
  try {
    return pair.readCopy(offset);
  } catch (error) {
    if (error instanceof ShelfError) return "refused";
    throw error;
  }
}

/** As after a power failure that lost the word: the whole frames are the truth, and here none is even torn. */
function planCatalogHeader(region: Region, superblock: Superblock): Step | undefined {
  const { catalogOffset: offset, catalogBytes: bytes, catalogGeneration: generation, firstSequence, seed } = superblock;
  const catalog = new Catalog(region, { offset, bytes, generation, firstSequence, seed });
  try {
    catalog.readAcknowledged();
    return undefined;
  } catch (error) {
    if (!(error instanceof ShelfError)) throw error;
  }
  try {
    catalog.scan(new CatalogSurvey(catalog), { acknowledged: 0, framesMax: Infinity });
  } catch (error) {
    if (error instanceof ShelfError) return undefined;
    throw error;
  }
  if (catalog.endsTorn) return undefined;
  const message = "wrote anew where the last commit ends, which is behind the last whole frame";
  const apply = (): void => {
    catalog.acknowledge();
    catalog.seal();
  };
  return { structure: "catalog header", offset, length: catalogHeaderBytes, message, apply };
}

/** Bad free space, on a shelf that opens: what else is wrong lies in variables. */
function canQuarantine({ kind, findings, findingsOmitted }: CheckReport): boolean {
  const opens = findings.every(
    ({ severity, structure, variable }) =>
      severity !== "error" || (variable !== undefined && (structure === "medium" || structure === "seal")),
  );
  const hasBadSpace = findings.some(({ structure, severity }) => structure === "medium" && severity === "warning");
  return kind === "shelf" && findingsOmitted === 0 && opens && hasBadSpace;
}

function quarantine(path: string): readonly QuarantinedRange[] {
  using shelf = openShelf(path);
  return shelf.quarantine();
}
