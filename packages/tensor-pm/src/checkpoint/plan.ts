/**
 * What a save is going to do, decided before anything is written. Each leaf is done in one of three ways:
 *
 * - *whole*: all of its bytes go to a data variable that no version needs, a spare or a new one;
 * - *patch*: the bytes that changed go to the data variable of the last version, which is not kept: by way of a delta, or
 *   under the undo log;
 * - *shared*: nothing changed, and the new version names the data variable of the last one.
 */
import { ChangeSet } from "./change-set.ts";
import { deltaBytes, deltaPath, spareDelta } from "./delta.ts";
import { variablesUnder } from "./handles.ts";
import { contentOf, type LeafContent, type LeafForm } from "./leaf.ts";
import { type ByteRanges, differences, rangesBytes } from "./ranges.ts";
import { CheckpointRecord, type DataVariable, type LeafEntry, type Version } from "./record.ts";
import { type CheckpointShelf, isPending } from "./shelf.ts";
import { type Leaf, type Node, outlineAgain, outlineOf, type Tree } from "./tree.ts";

/** How a save finds out what to write: everything; what differs from the last version; or what it is told. */
export type Changes = "all" | "compare" | ChangeSet;

interface LeafWrite {
  /** Of the data variable. */
  readonly number: number;
  readonly source: Uint8Array;
}

export interface LeafPatch extends LeafWrite {
  readonly ranges: ByteRanges;
}

export interface SavePlan {
  /** Data variables to make before anything is written, and the record that lists them. */
  readonly reserved: readonly DataVariable[];
  readonly reserving: CheckpointRecord;
  readonly writes: readonly LeafWrite[];
  readonly patches: readonly LeafPatch[];
  /** The data variable that the patches are written to first; undefined where they go to their places at once. */
  readonly delta: number | undefined;
  /** What is published when all is written. */
  readonly record: CheckpointRecord;
  readonly version: Version;
  /** Data variables that neither a kept version nor the next save needs. */
  readonly dropped: readonly DataVariable[];
  /** Data variables whose handles show what is no longer there. */
  readonly stale: readonly number[];
}

export interface PlanOptions {
  /** How many versions can be loaded afterwards, the new one included. */
  readonly keep: number;
  readonly changes: Changes;
  /** Whether patches may be written to a delta. */
  readonly canDefer: boolean;
}

/** A patch is written twice, to the log and to its place: above this share of a leaf a whole copy costs less. */
const patchShareMax = 0.4;
/**
 * The same of a patch that is written ahead: up to it the save itself takes less time (measured: 256 MiB on a disk, in blocks of
 * 4 KiB; at 0.2 half as long, at 0.3 about as long, and what comes after it twice).
 */
const deferredShareMax = 0.2;
/** How much larger than its first content a delta is made: the next save seldom changes the same number of blocks. */
const deltaRoom = 1.25;
const deltaUnitBytes = 4096;
/** More is not written ahead: as much is held in DRAM until it is in its place. */
const deltaBytesMax = 2 ** 28;

/** @throws TypeError for a tree that cannot be saved */
export function planSave(
  shelf: CheckpointShelf,
  name: string,
  found: CheckpointRecord | undefined,
  tree: Tree,
  { keep, changes, canDefer }: PlanOptions,
): SavePlan {
  const record = found ?? emptyRecord(name);
  const outlined = outlineTree(tree, record.latest);
  const { root, leaves, sources } = outlined;
  const loaded = variablesUnder(sources.map(({ bytes }) => bytes.buffer));
  // What is spare by a transaction that may be undone is not free to be written over.
  const hasSpares = !isPending(shelf, name);
  const isSimple = hasSpares && keep === 1 && changes === "all" && loaded.size === 0;
  const again = isSimple ? planAgain(record, outlined) : undefined;
  if (again !== undefined) return again;

  const last = record.latest;
  const kept = keep === 1 ? [] : record.versions.slice(1 - keep);
  const neededByKept = CheckpointRecord.usedBy(kept);
  const targets = new Targets(record, loaded, hasSpares);
  const isDeferred = canDefer && hasSpares;
  const shareMax = isDeferred ? deferredShareMax : patchShareMax;
  const lastLeaves = new Map(changes === "all" ? [] : last?.leaves.map((leaf) => [leaf.path, leaf]));
  const writes: LeafWrite[] = [];
  const patches: LeafPatch[] = [];

  const numberOf = ({ path }: Place, content: LeafContent): number => {
    const { form, bytes: source } = content;
    const before = lastLeaves.get(path);
    if (before !== undefined && changes !== "all" && isSameForm(before.form, form)) {
      const ranges = changedRanges(shelf, record.dataName(before.data), content, changes);
      if (ranges.length === 0) return before.data;
      const isFree = !neededByKept.has(before.data) && !targets.isSource(before.data);
      if (isFree && rangesBytes(ranges) <= shareMax * form.byteLength) {
        patches.push({ number: before.data, source, ranges });
        return before.data;
      }
    }
    const number = targets.take(path, form.byteLength);
    writes.push({ number, source });
    return number;
  };
  const entries = leaves.map((leaf, at): LeafEntry => {
    return { path: leaf.path, form: sources[at].form, data: numberOf(leaf, sources[at]) };
  });

  const delta = isDeferred ? targets.takeDelta(patches) : undefined;
  const version = nextVersion(record, root, entries);
  const versions = [...kept, version];
  const all = [...record.data, ...targets.reserved];
  const used = CheckpointRecord.usedBy(versions);
  const { data, dropped } = keepSpares(all, version, used, targets, { delta, before: record.delta });
  const patched = new Set(patches.map(({ number }) => number));
  const stale = data.filter(({ number }) => (!used.has(number) || patched.has(number)) && !targets.isSource(number));
  const areAllSpare = kept.length === 0 && dropped.length === 0 && writes.length === leaves.length;
  return {
    reserved: targets.reserved,
    reserving: record.with({ versions: record.versions, data: all }),
    writes,
    patches,
    delta,
    record: record.with({ versions, data, delta, before: areAllSpare ? last?.leaves : undefined }),
    version,
    dropped,
    stale: stale.map(({ number }) => number),
  };
}

/** Where a leaf stands. */
type Place = Pick<Leaf, "path">;

interface Outlined {
  readonly root: Node;
  readonly leaves: readonly Place[];
  /** What is to be stored of them. */
  readonly sources: readonly LeafContent[];
}

function outlineTree(tree: Tree, latest: Version | undefined): Outlined {
  const again = latest && outlineAgain(tree, latest);
  if (again !== undefined) return { root: again.root, leaves: latest!.leaves, sources: again.contents };
  const { root, leaves } = outlineOf(tree);
  return { root, leaves, sources: leaves.map(({ value, codec }) => contentOf(value, codec)) };
}

/** The same for the leaves of the version before the last, which are written where that one's were; undefined for others. */
function planAgain(record: CheckpointRecord, { root, leaves, sources }: Outlined): SavePlan | undefined {
  const { before, latest, data } = record;
  if (latest === undefined || before?.length !== leaves.length) return undefined;
  let hasSameForms = true;
  for (const [at, { path, form }] of before.entries()) {
    if (path !== leaves[at].path || !isSameForm(form, sources[at].form)) return undefined;
    hasSameForms &&= form === sources[at].form;
  }
  // With the forms of these very leaves, by which the next save knows them.
  const entries = hasSameForms ? before : before.map((leaf, at) => ({ ...leaf, form: sources[at].form }));
  const version = nextVersion(record, root, entries);
  return {
    reserved: [],
    reserving: record,
    writes: before.map(({ data: number }, at) => ({ number, source: sources[at].bytes })),
    patches: [],
    delta: undefined,
    record: record.with({ versions: [version], data, before: latest.leaves }),
    version,
    dropped: [],
    stale: latest.leaves.map(({ data: number }) => number),
  };
}

function nextVersion({ latest }: CheckpointRecord, root: Node, leaves: readonly LeafEntry[]): Version {
  return { id: (latest?.id ?? 0) + 1, savedAt: Date.now(), root, leaves };
}

function changedRanges(
  shelf: CheckpointShelf,
  dataName: string,
  { bytes, isOwn }: LeafContent,
  changes: "compare" | ChangeSet,
): ByteRanges {
  // Of a copy nothing is marked: the marks are on what it was copied from.
  if (changes instanceof ChangeSet && isOwn) return changes.within(bytes);
  return differences(new Uint8Array(shelf.storage(dataName).buffer), bytes);
}

function isSameForm(a: LeafForm, b: LeafForm): boolean {
  return a === b || (a.type === b.type && a.byteLength === b.byteLength && Buffer.compare(a.meta, b.meta) === 0);
}

/** Data variables for whole leaves. */
class Targets {
  readonly reserved: DataVariable[] = [];
  readonly #record: CheckpointRecord;
  readonly #sources: ReadonlySet<string>;
  /** By the leaf that they were made for. */
  readonly #spares = new Map<string, DataVariable[]>();
  #next: number;

  constructor(record: CheckpointRecord, sources: ReadonlySet<string>, hasSpares: boolean) {
    this.#record = record;
    this.#sources = sources;
    this.#next = 0;
    const used = CheckpointRecord.usedBy(record.versions);
    for (const each of record.data) {
      this.#next = Math.max(this.#next, each.number + 1);
      if (!hasSpares || used.has(each.number) || this.isSource(each.number)) continue;
      const spares = this.#spares.get(each.path);
      if (spares === undefined) this.#spares.set(each.path, [each]);
      else spares.push(each);
    }
  }

  take(path: string, byteLength: number): number {
    const spares = this.#spares.get(path) ?? [];
    const at = spares.findIndex((spare) => spare.byteLength === byteLength);
    if (at >= 0) return spares.splice(at, 1)[0].number;
    this.reserved.push({ number: this.#next, byteLength, path });
    return this.#next++;
  }

  /** A data variable that takes these patches as a delta, with room for some more; undefined for none or too many. */
  takeDelta(patches: readonly LeafPatch[]): number | undefined {
    if (patches.length === 0) return undefined;
    const needed = deltaBytes(patches);
    if (needed > deltaBytesMax) return undefined;
    const spare = spareDelta(this.#record, needed);
    if (spare !== undefined) return spare.number;
    const byteLength = Math.ceil((needed * deltaRoom) / deltaUnitBytes) * deltaUnitBytes;
    this.reserved.push({ number: this.#next, byteLength, path: deltaPath });
    return this.#next++;
  }

  /** Whether the tree that is saved lies in it: who loaded it works on. */
  isSource(number: number): boolean {
    return this.#sources.has(this.#record.dataName(number));
  }
}

/**
 * One spare for each leaf of the last version stays, so that a steady loop allocates nothing; and what the tree lies in, which
 * who loaded it works on. Two deltas stay, of which the one that was used last is the likelier to be large enough.
 */
function keepSpares(
  all: readonly DataVariable[],
  { leaves }: Version,
  used: ReadonlySet<number>,
  targets: Targets,
  deltas: { readonly delta: number | undefined; readonly before: number | undefined },
): { readonly data: readonly DataVariable[]; readonly dropped: readonly DataVariable[] } {
  const wanted = new Map(leaves.map(({ path, form }) => [path, form.byteLength]));
  const data: DataVariable[] = [];
  const dropped: DataVariable[] = [];
  const rank = ({ number }: DataVariable): number => [deltas.before, deltas.delta].indexOf(number);
  const byRank = all.filter(({ path }) => path === deltaPath).sort((a, b) => rank(b) - rank(a));
  for (const each of all) {
    if (each.path === deltaPath) {
      (byRank.indexOf(each) < 2 ? data : dropped).push(each);
      continue;
    }
    const isSpare = !used.has(each.number) && !targets.isSource(each.number);
    const stays = !isSpare || wanted.get(each.path) === each.byteLength;
    if (isSpare) wanted.delete(each.path);
    (stays ? data : dropped).push(each);
  }
  return { data, dropped };
}

/** A prefix of its own, so that a renamed checkpoint and a new one of its old name do not share data. */
function emptyRecord(name: string): CheckpointRecord {
  const tag = Buffer.from(globalThis.crypto.getRandomValues(new Uint8Array(4))).toString("hex");
  return new CheckpointRecord({ dataPrefix: `${name}/${tag}/`, versions: [], data: [] });
}
