/**
 * The check itself, in small steps: the synchronous form takes them at once, the asynchronous one in between other work.
 * It uses the very code that opening uses, so what it calls whole, opens. It writes nothing, and what it reads it first
 * tries without a risk to the region.
 */
import { PmemError, type Region } from "@nodemm/pmem-native";
import { Catalog } from "../catalog.ts";
import { ExtentMap } from "../extent-map.ts";
import { lanesOffset, roundUp, unitBytes } from "../layout.ts";
import { beginsAsShelf, heapOffset, isBlankBehind, type Superblock, SuperblockPair } from "../superblock.ts";
import { lostRange, quarantineType } from "../quarantine.ts";
import type { HeapUse } from "../undo-log.ts";
import { type CatalogSurvey, checkCatalog } from "./check-catalog.ts";
import { adviceForLost, checkData, type Stored } from "./check-data.ts";
import { checkExtents, type Owned } from "./check-extents.ts";
import { checkLane } from "./check-lane.ts";
import { checkSuperblocks } from "./check-superblocks.ts";
import { type CheckProgress, type CheckReport, Findings, type Severity, type ShelfFacts } from "./finding.ts";
import { knownBadBlocks, probe } from "./medium.ts";

/** What is checked, and how much of it. */
export interface Subject {
  readonly region: Region;
  /** Read every byte of every variable, to find what the medium has lost. */
  readonly data: boolean;
  /** Of an open shelf: what its allocator holds to be free, in bytes. */
  readonly freeBytes?: number;
  /** Of an open shelf: whether a variable is still the one at this place, under this seal. */
  readonly isSealed?: (name: string, offset: number, seal: number) => boolean;
}

export function* examine(subject: Subject): Generator<CheckProgress, CheckReport> {
  const findings = new Findings();
  const outcome: { kind: CheckReport["kind"]; facts: ShelfFacts | undefined } = { kind: "shelf", facts: undefined };
  try {
    yield* examineParts(subject, findings, outcome);
  } catch (error) {
    // What was readable a moment ago no longer is: the region is of no more use, but what was found stands.
    if (!(error instanceof PmemError && error.code === "ERR_PMEM_FAULT")) throw error;
    findings.add({
      structure: "medium",
      offset: 0,
      severity: "error",
      message: `the check ended here, because ${error.message}`,
      advice: "open the file anew and check it again; copy what can be read to another medium",
    });
  }
  const { source } = subject.region;
  const { kind, facts } = outcome;
  const ok = kind === "shelf" && findings.errors === 0;
  return { source, kind, ok, findings: findings.kept, findingsOmitted: findings.omitted, facts };
}

function* examineParts(
  subject: Subject,
  findings: Findings,
  outcome: { kind: CheckReport["kind"]; facts: ShelfFacts | undefined },
): Generator<CheckProgress> {
  const { region } = subject;
  if (region.length < lanesOffset) {
    outcome.kind = beginsAsShelf(region) ? "shelf" : "foreign";
    const message = `only ${region.length} bytes are here, too few for a shelf: was the file cut short?`;
    const advice = "restore it from a copy, or check the path";
    findings.add({ structure: "superblock", offset: 0, severity: "error", message, advice });
    return;
  }
  if (!(yield* canRead(region, 0, lanesOffset, "the superblocks", findings))) return;
  const pair = new SuperblockPair(region);
  const { kind, superblock } = checkSuperblocks(pair, findings);
  outcome.kind = kind === "blank" && !isBlankBehind(region) ? "foreign" : kind;
  if (outcome.kind === "foreign") {
    const message = "the first bytes are no shelf's";
    const advice = "check the path; if a shelf was here, restore it from a copy";
    findings.add({ structure: "superblock", offset: 0, severity: "error", message, advice });
  }
  if (superblock === undefined) return;

  const { catalogOffset, catalogBytes, laneBytes } = superblock;
  const total = { phase: "metadata" as const, totalBytes: lanesOffset + laneBytes + catalogBytes };
  yield { ...total, doneBytes: lanesOffset };
  const laneReadable = yield* canRead(region, lanesOffset, laneBytes, "the undo lane", findings);
  yield { ...total, doneBytes: lanesOffset + laneBytes };
  if (!(yield* canRead(region, catalogOffset, catalogBytes, "the catalog", findings))) return;

  const errorsBefore = findings.errors;
  const catalog = openCatalog(region, superblock);
  const steps = checkCatalog(catalog, findings);
  let step = steps.next();
  for (; step.done !== true; step = steps.next()) {
    yield { ...total, doneBytes: total.totalBytes - catalog.room };
  }
  const survey = step.value;
  const catalogWhole = findings.errors === errorsBefore;

  const stored = storedOf(catalog, survey);
  outcome.facts = {
    uuid: Buffer.from(superblock.uuid).toString("hex"),
    size: superblock.sizeBytes,
    catalog: catalogBytes,
    data: stored.reduce((sum, each) => sum + each.bytes, 0),
    names: survey.places.size,
  };
  const areas = areasOf(superblock);
  const owned: Owned[] = [...areas, ...ownedOf(stored)];
  const apart = checkExtents(owned, heapOffset(superblock), superblock.sizeBytes, findings);
  if (apart && subject.freeBytes !== undefined) checkFree(owned, superblock, subject.freeBytes, findings);
  let unfinished = 0;
  if (laneReadable && catalogWhole && apart) {
    unfinished = checkLane(region, superblock, survey.laneCommits.get(0) ?? 0, heapUse(owned, superblock), findings);
  }
  checkBadBlocks(region, owned, superblock, findings);
  yield { ...total, doneBytes: total.totalBytes };
  // What a transaction was changing when it was cut short is no longer, or not yet, what was sealed.
  const comparing = unfinished === 0 && catalogWhole;
  if (apart) yield* checkData(subject, comparing ? stored : stored.map((each) => ({ ...each, seal: -1 })), findings);
}

/** Tells of what cannot be read of a structure; false if anything. */
function* canRead(
  region: Region,
  offset: number,
  length: number,
  what: string,
  findings: Findings,
): Generator<CheckProgress, boolean> {
  let good = true;
  for (const bytes of probe(region, offset, length, tell)) {
    if (bytes < length) yield { phase: "metadata", doneBytes: offset, totalBytes: offset + length };
  }
  return good;

  function tell(at: number, bytes: number): void {
    good = false;
    findings.add({
      structure: "medium",
      offset: at,
      severity: "error",
      message: `${bytes} bytes of ${what} cannot be read from the medium`,
      advice: "restore the shelf from a copy, to another medium",
    });
  }
}

function openCatalog(region: Region, superblock: Superblock): Catalog {
  return new Catalog(region, {
    offset: superblock.catalogOffset,
    bytes: superblock.catalogBytes,
    generation: superblock.catalogGeneration,
    firstSequence: superblock.firstSequence,
    seed: superblock.seed,
  });
}

function storedOf(catalog: Catalog, survey: CatalogSurvey): Stored[] {
  const stored: Stored[] = [];
  for (const [name, place] of survey.places) {
    const { extentOffset, extentBytes } = catalog.operations.extentAt(place);
    const seal = survey.seals.get(place) ?? -1;
    if (extentBytes === 0 && seal < 0) continue;
    const isQuarantine = catalog.operations.isOfType(place, quarantineType);
    stored.push({ name, offset: extentOffset, bytes: extentBytes, seal, isQuarantine });
  }
  for (const [offset, bytes] of survey.items.extents()) {
    stored.push({ name: "an item of a list", offset, bytes, seal: -1, isQuarantine: false });
  }
  return stored;
}

function ownedOf(stored: readonly Stored[]): Owned[] {
  return stored
    .filter(({ bytes }) => bytes !== 0)
    .map(({ name, offset, bytes, isQuarantine }) => ({ offset, bytes, variable: name, isQuarantine }));
}

function areasOf({ catalogOffset, spareOffset, catalogBytes }: Superblock): Owned[] {
  return [catalogOffset, spareOffset].map((offset) => ({
    offset,
    bytes: catalogBytes,
    variable: undefined,
    isQuarantine: false,
  }));
}

function heapUse(owned: readonly Owned[], superblock: Superblock): HeapUse {
  const extents = new ExtentMap(
    owned.map(({ offset, bytes }) => [offset, bytes] as const),
    heapOffset(superblock),
    superblock.sizeBytes,
  );
  const areas = areasOf(superblock);
  return {
    isData: (offset, length) =>
      extents.holds(offset, length) &&
      !areas.some((area) => offset >= area.offset && offset < area.offset + area.bytes),
    isFree: (offset, length) => extents.isFree(offset, length),
  };
}

/** On an open shelf: every byte of the heap is owned or free. */
function checkFree(owned: readonly Owned[], superblock: Superblock, freeBytes: number, findings: Findings): void {
  const heapBytes = superblock.sizeBytes - heapOffset(superblock);
  const ownedBytes = owned.reduce((sum, { bytes }) => sum + roundUp(bytes, unitBytes), 0);
  const leaked = heapBytes - ownedBytes - freeBytes;
  if (leaked === 0) return;
  findings.add({
    structure: "free space",
    offset: heapOffset(superblock),
    severity: "error",
    message:
      leaked > 0
        ? `${leaked} bytes are neither owned by a variable nor free: they have leaked`
        : `${-leaked} bytes are held to be free, but a variable owns them`,
    advice: "close the shelf and open it again, which rebuilds the free space; then report a bug",
  });
}

/** What the kernel knows to be bad: it is told of without being read. */
function checkBadBlocks(region: Region, owned: readonly Owned[], superblock: Superblock, findings: Findings): void {
  const heap = heapOffset(superblock);
  for (const bad of knownBadBlocks(region)) {
    const { start, end } = lostRange(bad);
    const hits = owned.filter((each) => each.offset < end && start < each.offset + each.bytes);
    const lost = hits.filter(({ isQuarantine }) => !isQuarantine).map(({ variable }) => variable);
    if (start < heap && lost.length === 0) lost.push(undefined);
    for (const variable of lost) {
      const owner = variable === undefined ? "metadata" : JSON.stringify(variable);
      const advice = variable === undefined ? "restore the shelf from a copy, to another medium" : adviceForLost;
      tell(bad, "error", `in ${owner}`, advice, variable);
    }
    if (lost.length > 0) continue;
    const setAside = hits.reduce((sum, each) => sum + overlap(each, start, end), 0);
    if (setAside < Math.min(end, superblock.sizeBytes) - start) {
      tell(bad, "warning", "in free space", "repair keeps new variables away from it");
    } else tell(bad, "note", "set aside", "nothing needs doing; nothing is stored here");
  }

  function tell(
    { offset, length }: { readonly offset: number; readonly length: number },
    severity: Severity,
    where: string,
    advice: string,
    variable?: string,
  ): void {
    const message = `the medium has ${length} bad bytes here, ${where}`;
    findings.add({
      structure: "medium",
      offset,
      severity,
      message,
      advice,
      ...(variable === undefined ? {} : { variable }),
    });
  }
}

function overlap({ offset, bytes }: Owned, start: number, end: number): number {
  return Math.max(0, Math.min(offset + roundUp(bytes, unitBytes), end) - Math.max(offset, start));
}
