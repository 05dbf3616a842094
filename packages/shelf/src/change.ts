import { type Meta, metaLength, operationBytes, type Operation, type OperationFacts } from "./operation.ts";
import { operationKind } from "./layout.ts";
import type { NameIndex } from "./name-index.ts";
import type { UndoLog } from "./undo-log.ts";
import { UnopenedValue, type Variable } from "./variable.ts";

export const noMeta: Uint8Array = new Uint8Array(0);
const noFacts: OperationFacts = {
  type: "",
  version: 0,
  modified: 0,
  created: 0,
  extentOffset: 0,
  extentBytes: 0,
  place: -1,
};

/** One change by the open transaction: what its frame will say, and how it is taken back in memory. */
export interface Change extends Operation {
  /** What it stores: new on media with the commit, gone if that does not come. */
  readonly made: Variable | undefined;
  /** Whether taking it back may leave names in another order than before. */
  readonly reorders: boolean;
  /** The variable whose seal it takes away, and gives back if it is taken back. */
  readonly unsealed?: Variable | undefined;
  /** Shows it in the index; a rename under its new name. */
  apply(index: NameIndex, newName?: string): void;
  /** Calls `visit` for each variable that nothing names any more once this is committed. */
  retire(index: NameIndex, visit: (variable: Variable) => void): void;
  /** Takes it back in memory; later changes have been taken back before. */
  revert(index: NameIndex): void;
}

/** A change of names. */
export class NameChange implements Change {
  readonly kind: Operation["kind"];
  readonly name: string;
  readonly meta: Meta;
  readonly facts: OperationFacts;
  readonly bytes: number;
  /** The variable that was made, erased or renamed. */
  readonly variable: Variable;
  /** The variable that lost its name to it; with a swap, the other one. */
  readonly previous: Variable | UnopenedValue | undefined;

  private constructor(
    kind: Operation["kind"],
    name: string,
    meta: Meta,
    facts: OperationFacts,
    bytes: number,
    variable: Variable,
    previous: Variable | UnopenedValue | undefined,
  ) {
    this.kind = kind;
    this.name = name;
    this.meta = meta;
    this.facts = facts;
    this.bytes = bytes;
    this.variable = variable;
    this.previous = previous;
  }

  static put(variable: Variable, meta: Meta, previous?: Variable | UnopenedValue): NameChange {
    const { name } = variable;
    const bytes = operationBytes(name, metaLength(meta), variable);
    variable.recordBytes = bytes;
    return new NameChange(operationKind.put, name, meta, variable, bytes, variable, previous);
  }

  static erase(variable: Variable): NameChange {
    return NameChange.#named(operationKind.erase, variable, noMeta, undefined);
  }

  static rename(variable: Variable, newName: string, previous: Variable | undefined): NameChange {
    const meta = new TextEncoder().encode(newName);
    return NameChange.#named(operationKind.rename, variable, meta, previous);
  }

  static swap(variable: Variable, other: Variable): NameChange {
    const meta = new TextEncoder().encode(other.name);
    return NameChange.#named(operationKind.swap, variable, meta, other);
  }

  /** What only names a variable, and another name in its meta. */
  static #named(
    kind: Operation["kind"],
    variable: Variable,
    meta: Uint8Array,
    previous: Variable | undefined,
  ): NameChange {
    const { name } = variable;
    return new NameChange(kind, name, meta, noFacts, operationBytes(name, meta.length, noFacts), variable, previous);
  }

  get made(): Variable | undefined {
    return this.kind === operationKind.put ? this.variable : undefined;
  }

  get reorders(): boolean {
    return this.kind === operationKind.erase || this.kind === operationKind.rename;
  }

  retire(_: NameIndex, visit: (variable: Variable) => void): void {
    if (this.kind === operationKind.erase) visit(this.variable);
    else if (this.kind !== operationKind.swap && this.previous !== undefined) {
      // What nobody has opened, and has no extent, holds nothing.
      if (!(this.previous instanceof UnopenedValue)) visit(this.previous);
    }
  }

  apply(index: NameIndex, newName: string = this.name): void {
    const { kind, variable } = this;
    if (kind === operationKind.swap) {
      this.#exchange(index);
      return;
    }
    if (kind !== operationKind.put) index.remove(variable);
    if (kind === operationKind.erase) return;
    if (kind === operationKind.rename) variable.rename(newName);
    index.insert(variable, this.previous);
  }

  revert(index: NameIndex): void {
    const { kind, variable, previous } = this;
    if (kind === operationKind.swap) {
      this.#exchange(index);
      return;
    }
    if (kind !== operationKind.erase) {
      if (previous === undefined) index.remove(variable);
      else index.restore(previous, variable);
    }
    if (kind === operationKind.put) return;
    if (kind === operationKind.rename) variable.rename(this.name);
    index.insert(variable, undefined);
  }

  #exchange(index: NameIndex): void {
    index.exchange(this.variable, this.previous as Variable);
  }
}

/** A put as it is written to a new catalog. */
export function putOperation(variable: Variable, meta: Uint8Array): Operation {
  const { name } = variable;
  const bytes = operationBytes(name, meta.length, variable);
  return { kind: operationKind.put, name, meta, facts: variable, bytes };
}

/** Says that the log's generations up to the open one, or up to the last where none is open, have committed. */
export function laneCommit(undo: UndoLog): Operation {
  const modified = undo.isEmpty ? undo.generation - 1 : undo.generation;
  const facts = { ...noFacts, version: undo.lane, modified };
  return { kind: operationKind.laneCommit, name: "", meta: noMeta, facts, bytes: operationBytes("", 0, facts) };
}
