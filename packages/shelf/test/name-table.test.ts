import { describe, expect, test } from "vitest";
import { hashOf, hashOfBytes } from "../src/name-hash.ts";
import { NameTable } from "../src/name-table.ts";
import { Random } from "./support/random.ts";

/** A table with the names that it leaves to its owner, and a Map that it must behave as. */
class Named {
  readonly table = new NameTable();
  readonly names: string[] = [];
  readonly expected = new Map<string, number>();
  readonly #hash: (name: string) => number;

  constructor(hash: (name: string) => number) {
    this.#hash = hash;
  }

  find(name: string): number {
    const hash = this.#hash(name);
    let slot = this.table.find(hash);
    while (slot >= 0 && this.names[slot] !== name) slot = this.table.findNext(hash);
    return slot;
  }

  add(name: string): void {
    const slot = this.table.add(this.#hash(name));
    this.names[slot] = name;
    this.expected.set(name, slot);
  }

  remove(name: string): void {
    this.table.remove(this.find(name));
    this.expected.delete(name);
  }

  get order(): string[] {
    return [...this.table.inOrder()].map((slot) => this.names[slot]);
  }
}

describe("a table of names does as a Map does", () => {
  test.each([
    ["with hashes that differ", hashOf],
    ["with two hashes for all", (name: string) => name.length & 1],
    ["with hashes at the end of the table", (name: string) => -1 - (name.length % 5)],
  ])("%s", (_, hash) => {
    const random = new Random(1);
    const named = new Named(hash);
    for (let step = 0; step < 4000; step++) {
      const name = "x".repeat(random.below(150));
      const known = named.expected.get(name);
      expect(named.find(name)).toBe(known ?? -1);
      if (known === undefined) named.add(name);
      else if (random.below(3) > 0) named.remove(name);
      else {
        named.table.moveToEnd(known);
        named.expected.delete(name);
        named.expected.set(name, known);
      }
      if (step % 100 > 0) continue;
      expect(named.table.size).toBe(named.expected.size);
      expect(named.order).toStrictEqual([...named.expected.keys()]);
      const visited: number[] = [];
      named.table.forEach((slot) => visited.push(slot));
      expect(visited).toStrictEqual([...named.expected.values()]);
    }
  });

  test("names may go, come and be others while somebody goes through them", () => {
    const named = new Named(hashOf);
    for (const name of "abcdefgh") named.add(name);
    const seen: string[] = [];
    for (const slot of named.table.inOrder()) {
      const name = named.names[slot];
      seen.push(name);
      if (name === "b") for (const gone of "abc") named.remove(gone);
      if (name === "d") named.add("i");
      if (name === "e") for (const gone of "efg") named.remove(gone);
      if (name === "h") named.remove("h");
    }
    expect(seen.join("")).toBe("abdehi");
    named.add("j");
    expect(named.order.join("")).toBe("dij");
  });
});

test("a name and its bytes have one hash", () => {
  for (const name of ["", "name-1", "ü", "世界", "a🌍b", "\ufffd"]) {
    const bytes = Buffer.from(`--${name}--`);
    expect(hashOfBytes(bytes, 2, bytes.length - 2)).toBe(hashOf(name));
  }
});
