import { readFileSync } from "node:fs";
import { type List, list, openShelf, type Shelf } from "../../src/index.ts";
import { type Testimony, testimonyOf } from "./examine.ts";
import { fixEntropy } from "./fixed-entropy.ts";
import { freshPath } from "./folders.ts";

/** The bytes of a shelf's file, and what must be found on it. */
export interface ShelfImage {
  readonly image: Uint8Array;
  readonly expected: Testimony;
}

/** How a file of a shelf came about. */
export const shelfImages: Readonly<Record<string, () => ShelfImage>> = {
  "an empty shelf": () => closedAfter(() => undefined),
  "a few names, closed": () => closedAfter((shelf) => void shelf.set("x", 1).set("bytes", new Uint8Array(100).fill(7))),
  "many names after rewrites of the catalog, closed": () => closedAfter(manyNames),
  "the same and a little more, left by a killed process": () =>
    killedAfter((shelf) => {
      manyNames(shelf);
      shelf.delete("plain");
      shelf.set("last", "word".repeat(100)).rename("ü", "u");
    }),
  "lists and sealed values after rewrites of the catalog, closed": () => closedAfter(listsAndSeals),
  "killed in a transaction": () =>
    killedInTransaction(({ shelf, change }) => {
      change("floats", 100, 900);
      change("bytes", 3, 1);
      shelf.set("never seen", new Uint8Array(500)).set("a number", 2).delete("text");
      change("floats", 2000, 64);
    }),
  "killed in a transaction whose log goes on elsewhere": () =>
    killedInTransaction(({ change }) => {
      change("bytes", 0, 300);
      change("large", 100, 7000);
      change("large", 8000, 12_000);
      change("floats", 0, 4000);
    }),
};

const sizeBytes = 256 * 1024;

/** Names and values of all kinds, with a history that makes the catalog grow and be rewritten. */
function manyNames(shelf: Shelf): void {
  shelf.set(
    "floats",
    Float64Array.from({ length: 500 }, (_, index) => index / 3),
  );
  shelf.set(
    "large",
    Uint8Array.from({ length: 20_000 }, (_, index) => index % 251),
  );
  shelf.set("bytes", new Uint8Array(300).fill(7)).set("no elements", new Int16Array(0));
  shelf.set("a number", -0.5).set("not a number", NaN).set("text", "Grüße, 世界").set("long text", "abc ".repeat(500));
  shelf.set("plain", { list: [1, null, true], when: new Date(5), big: 2n ** 80n });
  shelf.set(
    "large plain",
    Array.from({ length: 200 }, (_, index) => ({ index })),
  );
  for (const name of ["ü", "世界".repeat(20), "with\0zero", "n".repeat(1000), " "]) shelf.set(name, name.length);
  for (let index = 0; index < 40; index++)
    shelf.set(`layer.${index % 20}.weight`, new Float32Array(10 + index).fill(index));
  for (let index = 0; index < 10; index++) shelf.delete(`layer.${index}.weight`);
  shelf.rename("layer.12.weight", "renamed");
  const bytes = shelf.get("bytes") as Uint8Array;
  for (let round = 0; round < 60; round++) {
    shelf.transaction(() => {
      shelf.snapshot("bytes", round, 10);
      bytes.fill(round, round, round + 10);
      shelf.set("step", { round, text: "x".repeat(round * 5) });
    });
  }
  shelf.transaction(() => {
    shelf.snapshot("bytes");
    bytes[299] = 1;
  });
}

/** What catalogs hold beside names: items of lists, in an order that they were not made in, and checksums of data. */
function listsAndSeals(shelf: Shelf): void {
  manyNames(shelf);
  shelf.set("queue", list([1, "two", null, { three: 3 }])).set("empty list", list([]));
  const queue = shelf.get("queue") as List;
  for (let round = 0; round < 60; round++) {
    queue.append(round, `item ${round}`);
    queue.insert(round % 3, 2n ** BigInt(round));
    queue.delete(round % 5);
    queue.set(-1, [round]);
  }
  shelf.seal("floats", "large", "text", "large plain");
  shelf.set("floats", new Float32Array(3)).rename("queue", "jobs");
}

function closedAfter(work: (shelf: Shelf) => void): ShelfImage {
  return madeIn((path, shelf) => {
    work(shelf);
    const expected = testimonyOf(shelf);
    shelf.close();
    return { expected, image: readFileSync(path) };
  });
}

/** What a kill leaves: all that was stored is in the file, as it is while the process lives. */
function killedAfter(work: (shelf: Shelf) => void): ShelfImage {
  return madeIn((path, shelf) => {
    work(shelf);
    return { expected: testimonyOf(shelf), image: readFileSync(path) };
  });
}

interface Changes {
  readonly shelf: Shelf;
  /** Saves bytes of a typed array and inverts them. */
  readonly change: (name: string, byteOffset: number, byteLength: number) => void;
}

function killedInTransaction(work: (changes: Changes) => void): ShelfImage {
  return madeIn((path, shelf) => {
    manyNames(shelf);
    const expected = testimonyOf(shelf);
    const change: Changes["change"] = (name, byteOffset, byteLength) => {
      shelf.snapshot(name, byteOffset, byteLength);
      const { buffer } = shelf.get(name) as Uint8Array;
      const bytes = new Uint8Array(buffer, byteOffset, byteLength);
      for (let index = 0; index < byteLength; index++) bytes[index] ^= 0xff;
    };
    const image = shelf.transaction(() => {
      work({ shelf, change });
      return readFileSync(path);
    });
    return { expected, image };
  });
}

/** Makes an image whose bytes are the same in every run, so that damage to it can be replayed. */
function madeIn(work: (path: string, shelf: Shelf) => ShelfImage): ShelfImage {
  const giveBackEntropy = fixEntropy();
  const path = freshPath();
  const shelf = openShelf(path, { size: sizeBytes });
  try {
    const { image, expected } = work(path, shelf);
    return { image: new Uint8Array(image), expected };
  } finally {
    shelf.close();
    giveBackEntropy();
  }
}
