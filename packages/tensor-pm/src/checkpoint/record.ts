/**
 * What a shelf knows of a checkpoint: the record, a variable of the checkpoint's name. It names the versions that can be
 * loaded, and the data variables that hold their leaves. `docs/durability.md` has the order of writes around it.
 */
import type { LeafForm } from "./leaf.ts";
import type { Node } from "./tree.ts";

/** A leaf of one version. */
export interface LeafEntry {
  readonly path: string;
  readonly form: LeafForm;
  /** Number of the data variable with its bytes. */
  readonly data: number;
}

/** One state that can be loaded. */
export interface Version {
  /** 1 for the first that was saved under this name, one more each time. */
  readonly id: number;
  /** Milliseconds since 1970. */
  readonly savedAt: number;
  readonly root: Node;
  readonly leaves: readonly LeafEntry[];
}

/** A data variable. */
export interface DataVariable {
  readonly number: number;
  readonly byteLength: number;
  /** The leaf that it was made for. */
  readonly path: string;
}

/** What changes of a record. */
interface RecordFields {
  readonly versions: readonly Version[];
  readonly data: readonly DataVariable[];
  readonly delta?: number | undefined;
  readonly before?: readonly LeafEntry[] | undefined;
}

/**
 * Invariants: versions ascend; every data variable that a version names is among `data`, and so is the delta, and no number is
 * there twice. What no version names, and is not the delta, is spare: its bytes mean nothing, and the next save may write over
 * them.
 */
export class CheckpointRecord {
  /** What the names of the data variables begin with. */
  readonly dataPrefix: string;
  readonly versions: readonly Version[];
  readonly data: readonly DataVariable[];
  /** Number of the data variable with blocks that belong over the last version's, which may have them by now. */
  readonly delta: number | undefined;
  /**
   * Leaves of a version that is gone, of which each has its data variable still, a spare one: those that the next save
   * takes, if it saves the same leaves. Not stored.
   */
  readonly before: readonly LeafEntry[] | undefined;
  /** Made once each, by all records of a checkpoint. */
  #dataNames: string[] = [];

  constructor(fields: RecordFields & { readonly dataPrefix: string }) {
    this.dataPrefix = fields.dataPrefix;
    this.versions = fields.versions;
    this.data = fields.data;
    this.delta = fields.delta;
    this.before = fields.before;
  }

  get latest(): Version | undefined {
    return this.versions.at(-1);
  }

  dataName(number: number): string {
    return (this.#dataNames[number] ??= `${this.dataPrefix}${number}`);
  }

  /** Whether both are the same checkpoint, with the same last version and as many data variables. */
  isStateOf(other: CheckpointRecord): boolean {
    const isSame = this.dataPrefix === other.dataPrefix && this.latest?.id === other.latest?.id;
    return isSame && this.data.length === other.data.length;
  }

  /** The same checkpoint with other versions and data variables; with no delta but the one given. */
  with(fields: RecordFields): CheckpointRecord {
    const record = new CheckpointRecord({ dataPrefix: this.dataPrefix, ...fields });
    record.#dataNames = this.#dataNames;
    return record;
  }

  /** Numbers of the data variables that some versions need. */
  static usedBy(versions: readonly Version[]): Set<number> {
    const numbers = new Set<number>();
    for (const { leaves } of versions) for (const { data } of leaves) numbers.add(data);
    return numbers;
  }
}
