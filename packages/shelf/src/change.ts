import { operationBytes, type Operation, type OperationFacts, recordBytes } from "./operation.ts";
import { operationKind } from "./layout.ts";
import type { NameIndex } from "./name-index.ts";
import type { UndoLog } from "./undo-log.ts";
import type { Variable } from "./variable.ts";

const noMeta = new Uint8Array(0);
const noFacts: OperationFacts = { type: "", version: 0, modified: 0, extentOffset: 0, extentBytes: 0, metaOffset: -1 };

/** One change of names by the open transaction: what its frame will say, and how it is taken back in memory. */
export class Change implements Operation {
  readonly kind: Operation["kind"];
  readonly name: string;
  readonly meta: Uint8Array;
  readonly facts: OperationFacts;
  readonly bytes: number;
  /** The variable that was made, erased or renamed. */
  readonly variable: Variable;
  /** The variable that lost its name to it. */
  readonly previous: Variable | undefined;

  private constructor(
    kind: Operation["kind"],
    name: string,
    meta: Uint8Array,
    facts: OperationFacts,
    variable: Variable,
    previous: Variable | undefined,
  ) {
    this.kind = kind;
    this.name = name;
    this.meta = meta;
    this.facts = facts;
    this.bytes = operationBytes(name, meta, facts);
    this.variable = variable;
    this.previous = previous;
  }

  static put(variable: Variable, meta: Uint8Array, previous?: Variable): Change {
    const change = new Change(operationKind.put, variable.name, meta, variable, variable, previous);
    variable.recordBytes = recordBytes(change.bytes);
    return change;
  }

  static erase(variable: Variable): Change {
    return new Change(operationKind.erase, variable.name, noMeta, noFacts, variable, undefined);
  }

  static rename(variable: Variable, newName: string, previous: Variable | undefined): Change {
    const meta = new TextEncoder().encode(newName);
    return new Change(operationKind.rename, variable.name, meta, noFacts, variable, previous);
  }

  /** What nothing names any more once this is committed. */
  get retired(): Variable | undefined {
    return this.kind === operationKind.erase ? this.variable : this.previous;
  }

  /** Shows it in the index. */
  apply(index: NameIndex, newName: string = this.name): void {
    const { kind, variable } = this;
    if (kind !== operationKind.put) index.remove(this.name);
    if (kind === operationKind.erase) return;
    variable.name = newName;
    index.insert(variable, this.previous);
  }

  /** Takes it back; later changes have been taken back before. */
  revert(index: NameIndex): void {
    const { kind, variable, previous } = this;
    if (kind !== operationKind.erase) {
      if (previous === undefined) index.remove(variable.name);
      else index.insert(previous, variable);
    }
    if (kind === operationKind.put) return;
    variable.name = this.name;
    index.insert(variable, undefined);
  }
}

/** Says that the log's generations up to the open one, or up to the last where none is open, have committed. */
export function laneCommit(undo: UndoLog): Operation {
  const modified = undo.isEmpty ? undo.generation - 1 : undo.generation;
  const facts = { ...noFacts, version: undo.lane, modified };
  return { kind: operationKind.laneCommit, name: "", meta: noMeta, facts, bytes: operationBytes("", noMeta, facts) };
}
