import { NDArray } from "@nodemm/ndarray-pm";
import { ShelfError, type Storage, type Stored } from "@nodemm/shelf";
import { checkOptions } from "../options.ts";
import { Tensor } from "../tensor.ts";
import { CheckpointError } from "./errors.ts";
import { foldForGood } from "./fold.ts";
import { noteHandle, noteMemory } from "./handles.ts";
import { type LeafForm, openLeaf } from "./leaf.ts";
import type { Version } from "./record.ts";
import { checkShelf, type CheckpointShelf, recordOf } from "./shelf.ts";
import { isTorn } from "./torn.ts";
import { type Node, nodeAt, type Tree, treeOf } from "./tree.ts";

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
 * that failed; RangeError if there is nothing at `at`; ShelfError `ERR_SHELF_CORRUPT`; TypeError for a reader
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller knows what was saved
export function load<Loaded = Tree>(shelf: CheckpointShelf, name: string, options: LoadOptions = {}): Loaded {
  checkOptions("load", options, ["version", "at", "copy"]);
  refuseReader(shelf);
  const record = recordOf(shelf, name);
  foldForGood(shelf, name, record);
  const { root, leaves } = versionOf(record.versions, name, options.version);
  const opened = new Map<number, unknown>();
  const open = (at: number): unknown => {
    const known = opened.get(at);
    if (known !== undefined) return known;
    const entry = Number.isInteger(at) ? leaves[at] : undefined;
    if (entry === undefined) throw damaged(name, `it has ${leaves.length} leaves and names leaf ${at}`);
    const { form, data } = entry;
    const leaf = openLeaf(form.type, new StoredLeaf(shelf, name, form, record.dataName(data)));
    const value = options.copy === true ? copyOf(leaf) : leaf;
    opened.set(at, value);
    return value;
  };
  return treeAt(root, options.at ?? [], open, name) as Loaded;
}

/** A reader gives values alone, not the bytes of data variables; callers without types may try. */
function refuseReader(shelf: CheckpointShelf): void {
  checkShelf(shelf);
  if (typeof (shelf as Partial<CheckpointShelf>).storage === "function") return;
  const advice = "load where the shelf is open, or open it with openShelf once nobody has it open";
  throw new TypeError(`Expected a shelf opened with openShelf, found a ${shelf.constructor.name}; ${advice}`);
}

/** Checksums are right, but what they cover may be anything. */
function treeAt(root: Node, path: readonly unknown[], open: (leaf: number) => unknown, name: string): Tree {
  if (!Array.isArray(path)) {
    throw new TypeError(`at: expected an array of keys and indices, such as ["model", 0], found ${typeof path}`);
  }
  const node = nodeAt(root, path);
  try {
    return treeOf(node, open);
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof SyntaxError)) throw error;
    throw damaged(name, "its record makes no sense", error);
  }
}

function versionOf(versions: readonly Version[], name: string, id: number | undefined): Version {
  const version = id === undefined ? versions.at(-1) : versions.find((each) => each.id === id);
  if (version !== undefined) return version;
  const ids = versions.map((each) => each.id).join(", ");
  const found = versions.length === 0 ? "no save of it has been completed yet" : `there are versions ${ids}`;
  throw new CheckpointError("ERR_CHECKPOINT_NOT_FOUND", name, id === undefined ? found : `no version ${id}; ${found}`);
}

/** The data variable of a leaf, which is looked for when its codec asks for it. One object: there are hundreds. */
class StoredLeaf implements Stored {
  readonly name: string;
  readonly #shelf: CheckpointShelf;
  readonly #form: LeafForm;
  readonly #dataName: string;

  constructor(shelf: CheckpointShelf, name: string, form: LeafForm, dataName: string) {
    this.name = name;
    this.#shelf = shelf;
    this.#form = form;
    this.#dataName = dataName;
  }

  get meta(): Uint8Array {
    return this.#form.meta;
  }

  get byteLength(): number {
    return this.#form.byteLength;
  }

  storage(): Storage {
    const dataName = this.#dataName;
    if (isTorn(this.#shelf, dataName)) {
      const advice = "close the shelf and open it again, which brings the last whole version back";
      const found = "a save of it has failed with part of it changed";
      throw new CheckpointError("ERR_CHECKPOINT_TORN", this.name, `${found}; ${advice}`);
    }
    const storage = this.#find();
    if (storage.byteLength !== this.byteLength) {
      const found = `"${dataName}" has ${storage.byteLength} bytes`;
      throw damaged(this.name, `${found}, expected ${this.byteLength}`);
    }
    noteHandle(this.#shelf, dataName);
    return storage;
  }

  onMap(buffer: ArrayBuffer): void {
    noteMemory(this.#dataName, buffer);
  }

  /** Without asking first whether it is there. */
  #find(): Storage {
    try {
      return this.#shelf.storage(this.#dataName);
    } catch (error) {
      if (!(error instanceof ShelfError) || error.code !== "ERR_SHELF_NO_VARIABLE") throw error;
      throw damaged(this.name, `its data variable "${this.#dataName}" is not there`);
    }
  }
}

function copyOf(leaf: unknown): unknown {
  if (leaf instanceof Tensor) return new Tensor(leaf.array.copy(leaf.array.layout === "F" ? "F" : "C"), leaf);
  if (NDArray.isNDArray(leaf)) return leaf.copy(leaf.layout === "F" ? "F" : "C");
  return (leaf as Uint8Array).slice();
}

function damaged(variable: string, found: string, cause?: unknown): ShelfError {
  return new ShelfError("ERR_SHELF_CORRUPT", `Checkpoint "${variable}" is damaged: ${found}; load another version`, {
    structure: "checkpoint record",
    variable,
    cause,
  });
}
