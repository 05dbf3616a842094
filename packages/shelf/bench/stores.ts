/** The three ways to keep ten thousand small named values, each behind the same few verbs. */

import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

import { asPersistentMemory, type Medium } from "@nodemm/bench";
import { openShelf, type Shelf } from "@nodemm/shelf";
import { open as openLmdb } from "lmdb";

export interface Store {
  /** Durable on return, unless inside {@link transaction}. */
  set(name: string, value: number): void;
  get(name: string): unknown;
  /** Runs `work` so that all it sets becomes durable together. */
  transaction(work: () => void): void;
  close(): void | Promise<void>;
}

export interface StoreKind {
  readonly name: string;
  durability(medium: Medium): string;
  /** Opens what is at a path, or makes it. */
  open(path: string, medium: Medium): Store;
}

export function removeStore(path: string): void {
  rmSync(path, { recursive: true, force: true });
}

export const shelfStore: StoreKind = {
  name: "shelf",
  durability: describeDurability,
  open(path, medium) {
    const shelf = openOn<Record<string, number>>(medium, path, "256 MiB");
    return {
      set: (name, value) => void shelf.set(name, value),
      get: (name) => shelf.get(name),
      transaction: (work) => shelf.transaction(work),
      close: () => shelf.close(),
    };
  },
};

export const lmdbStore: StoreKind = {
  name: "lmdb",
  durability: (medium) => `${medium.survives} (fdatasync)`,
  open(path) {
    // Without the overlap a commit is on the medium when the call returns, as ours is.
    const database = openLmdb({ path, noSubdir: true, overlappingSync: false });
    return {
      set: (name, value) => database.putSync(name, value),
      get: (name): unknown => database.get(name),
      transaction: (work) => database.transactionSync(work),
      close: () => database.close(),
    };
  },
};

/** A file a name; each is synced, and so is the folder that names it. */
export const fileStore: StoreKind = {
  name: "a file each, fsync",
  durability: (medium) => `${medium.survives} (fsync)`,
  open(path) {
    mkdirSync(path, { recursive: true });
    const names = new Set(readdirSync(path));
    const folder = openSync(path, "r");
    return {
      set(name, value) {
        const file = openSync(join(path, name), "w");
        writeSync(file, JSON.stringify(value));
        fsyncSync(file);
        closeSync(file);
        fsyncSync(folder);
        names.add(name);
      },
      get: (name): unknown => (names.has(name) ? JSON.parse(readFileSync(join(path, name), "utf8")) : undefined),
      transaction: (work) => work(),
      close: () => closeSync(folder),
    };
  },
};

/** Opens a shelf that behaves as on persistent memory where /dev/shm stands in for it. */
export function openOn<Variables extends object>(
  medium: Medium,
  path: string,
  size: number | string,
): Shelf<Variables> {
  return asPersistentMemory(medium, () => openShelf<Variables>(path, { size }));
}

export function describeDurability(medium: Medium): string {
  return `${medium.survives} (${standsInForPmem(medium) ? "cache-line" : "page"} granularity)`;
}

/** /dev/shm stands in for persistent memory. */
function standsInForPmem(medium: Medium): boolean {
  return medium.id === "dev-shm";
}
