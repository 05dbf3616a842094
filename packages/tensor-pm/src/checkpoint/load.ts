import { NDArray } from "@nodemm/ndarray-pm";
import { ShelfError, type Storage } from "@nodemm/shelf";
import { Tensor } from "../tensor.ts";
import { CheckpointError } from "./errors.ts";
import { noteHandle, noteMemory } from "./handles.ts";
import { openLeaf } from "./leaf.ts";
import type { LeafEntry, Version } from "./record.ts";
import { type CheckpointShelf, recordOf } from "./shelf.ts";
import { isTorn } from "./torn.ts";
import { nodeAt, type Tree, treeOf } from "./tree.ts";

export interface LoadOptions {
  /** Which version; the last by default. */
  readonly version?: number;
  /** The part of the tree at this path of keys and indices, alone: `["model", "layers", 0]`. All by default. */
  readonly at?: readonly unknown[];
  /** Copies in DRAM instead of the stored bytes themselves. */
  readonly copy?: boolean;
}

/**
 * The tree that {@link save} stored. Its tensors, n-d arrays and typed arrays are the stored bytes themselves: nothing is
 * read or copied, whatever their size. They are detached when a save stops keeping their version. What is changed through
 * them changes the checkpoint; load with `copy: true` to work on without that.
 *
 *     const { model, epoch } = load(shelf, "run");
 *
 * @throws CheckpointError `ERR_CHECKPOINT_NOT_FOUND`, `ERR_CHECKPOINT_NAME_TAKEN`, and `ERR_CHECKPOINT_TORN` after a save
 * that failed; RangeError if there is nothing at `at`; ShelfError `ERR_SHELF_CORRUPT`
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller knows what was saved
export function load<Loaded = Tree>(shelf: CheckpointShelf, name: string, options: LoadOptions = {}): Loaded {
  const record = recordOf(shelf, name);
  const { root, leaves } = versionOf(record.versions, name, options.version);
  const opened = new Map<number, unknown>();
  const open = (at: number): unknown => {
    const known = opened.get(at);
    if (known !== undefined) return known;
    const entry = leaves[at];
    if (entry === undefined) throw damaged(name, `it has ${leaves.length} leaves and names leaf ${at}`);
    const leaf = openEntry(shelf, name, entry, record.dataName(entry.data));
    const value = options.copy === true ? copyOf(leaf) : leaf;
    opened.set(at, value);
    return value;
  };
  return treeOf(nodeAt(root, options.at ?? []), open) as Loaded;
}

function versionOf(versions: readonly Version[], name: string, id: number | undefined): Version {
  const version = id === undefined ? versions.at(-1) : versions.find((each) => each.id === id);
  if (version !== undefined) return version;
  const ids = versions.map((each) => each.id).join(", ");
  const found = versions.length === 0 ? "no save of it has been completed yet" : `there are versions ${ids}`;
  throw new CheckpointError("ERR_CHECKPOINT_NOT_FOUND", name, id === undefined ? found : `no version ${id}; ${found}`);
}

function openEntry(shelf: CheckpointShelf, name: string, { form }: LeafEntry, dataName: string): unknown {
  const storage = (): Storage => {
    if (isTorn(shelf, dataName)) {
      const advice = "close the shelf and open it again, which brings the last whole version back";
      throw new CheckpointError(
        "ERR_CHECKPOINT_TORN",
        name,
        `a save of it has failed with part of it changed; ${advice}`,
      );
    }
    const found = storageOf(shelf, name, dataName);
    if (found.byteLength === form.byteLength) {
      noteHandle(shelf, dataName);
      return found;
    }
    throw damaged(name, `"${dataName}" has ${found.byteLength} bytes, expected ${form.byteLength}`);
  };
  return openLeaf(form, name, storage, (buffer) => noteMemory(dataName, buffer));
}

/** Not asked for first: there are hundreds, and they are there. */
function storageOf(shelf: CheckpointShelf, name: string, dataName: string): Storage {
  try {
    return shelf.storage(dataName);
  } catch (error) {
    if (!(error instanceof ShelfError) || error.code !== "ERR_SHELF_NO_VARIABLE") throw error;
    throw damaged(name, `its data variable "${dataName}" is not there`);
  }
}

function copyOf(leaf: unknown): unknown {
  if (leaf instanceof Tensor) return new Tensor(leaf.array.copy(leaf.array.layout === "F" ? "F" : "C"), leaf);
  if (NDArray.isNDArray(leaf)) return leaf.copy(leaf.layout === "F" ? "F" : "C");
  return (leaf as Uint8Array).slice();
}

function damaged(variable: string, found: string): ShelfError {
  return new ShelfError("ERR_SHELF_CORRUPT", `Checkpoint "${variable}" is damaged: ${found}; load another version`, {
    structure: "checkpoint record",
    variable,
  });
}
