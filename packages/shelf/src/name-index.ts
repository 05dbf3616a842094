import type { CatalogVisitor, Operation } from "./catalog.ts";
import { Variable } from "./variable.ts";

/**
 * The names of a shelf, in memory: rebuilt from the catalog at open, changed with each commit. Iterates in the order in
 * which the names were created.
 */
export class NameIndex implements CatalogVisitor {
  readonly variables: Map<string, Variable> = new Map();
  /** The greatest committed generation of each lane, as the catalog says. */
  readonly laneCommits: Map<number, number> = new Map();
  /** What a compacted catalog would take for these names. */
  #liveBytes = 0;
  #lastOrdinal = 0;

  get liveBytes(): number {
    return this.#liveBytes;
  }

  put(operation: Operation, metaBytes: number, recordBytes: number): void {
    const variable = new Variable(operation);
    variable.metaOffset = operation.metaOffset;
    variable.metaBytes = metaBytes;
    variable.recordBytes = recordBytes;
    this.insert(variable);
  }

  erase(name: string): void {
    this.remove(name);
  }

  rename(name: string, newName: string): void {
    const variable = this.remove(name);
    if (variable === undefined) return;
    variable.name = newName;
    this.insert(variable);
  }

  laneCommit(lane: number, generation: number): void {
    this.laneCommits.set(lane, Math.max(generation, this.laneCommits.get(lane) ?? 0));
  }

  /** Puts a variable under its name and returns the one that was there. */
  insert(variable: Variable): Variable | undefined {
    const previous = this.variables.get(variable.name);
    if (previous !== undefined) this.#liveBytes -= previous.recordBytes;
    variable.ordinal = previous?.ordinal ?? ++this.#lastOrdinal;
    this.variables.set(variable.name, variable);
    this.#liveBytes += variable.recordBytes;
    return previous;
  }

  /** Takes back a {@link remove}; the order of iteration is right again after {@link restoreOrder}. */
  restore(variable: Variable, ordinal: number): void {
    this.insert(variable);
    variable.ordinal = ordinal;
  }

  restoreOrder(): void {
    const sorted = [...this.variables.values()].sort((a, b) => a.ordinal - b.ordinal);
    this.variables.clear();
    for (const variable of sorted) this.variables.set(variable.name, variable);
  }

  remove(name: string): Variable | undefined {
    const variable = this.variables.get(name);
    if (variable === undefined) return undefined;
    this.variables.delete(name);
    this.#liveBytes -= variable.recordBytes;
    return variable;
  }
}
