import { type Change, noMeta } from "./change.ts";
import { operationKind } from "./layout.ts";
import type { NameIndex } from "./name-index.ts";
import { operationBytes, type Operation, type OperationFacts } from "./operation.ts";
import type { Variable } from "./variable.ts";

/** Says that a variable is sealed with a CRC or, with -1, that it is not. */
export function sealOperation(variable: Variable, crc: number): Operation {
  const isSealed = crc >= 0;
  const facts: OperationFacts = {
    type: "",
    version: isSealed ? crc : 0,
    modified: isSealed ? 1 : 0,
    created: 0,
    extentOffset: 0,
    extentBytes: 0,
    place: -1,
  };
  const { name } = variable;
  return { kind: operationKind.seal, name, meta: noMeta, facts, bytes: operationBytes(name, 0, facts) };
}

/** A variable sealed or unsealed. */
export class SealChange implements Change {
  readonly kind: Operation["kind"] = operationKind.seal;
  readonly name: string;
  readonly meta: Uint8Array = noMeta;
  readonly facts: OperationFacts;
  readonly bytes: number;
  readonly made = undefined;
  readonly reorders = false;
  readonly #variable: Variable;
  readonly #crc: number;
  #previous = -1;

  constructor(variable: Variable, crc: number) {
    const { name, facts, bytes } = sealOperation(variable, crc);
    this.name = name;
    this.facts = facts;
    this.bytes = bytes;
    this.#variable = variable;
    this.#crc = crc;
  }

  get unsealed(): Variable | undefined {
    return this.#previous >= 0 ? this.#variable : undefined;
  }

  apply(index: NameIndex): void {
    this.#previous = this.#variable.seal;
    index.setSeal(this.#variable, this.#crc);
  }

  revert(index: NameIndex): void {
    index.setSeal(this.#variable, this.#previous);
  }

  retire(): void {
    // Nothing loses its name.
  }
}
