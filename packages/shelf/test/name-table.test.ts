import { describe, expect, test } from "vitest";
import { encodedName, hashOf, hashOfBytes } from "../src/encoded-text.ts";
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

  test.each([3, 40, 400])(
    "whoever goes through up to %i names sees what a Map's iterator gives, however slowly",
    (most) => {
      const random = new Random(2);
      const named = new Named(hashOf);
      const walks: [slots: Iterator<number, void>, names: Iterator<string>][] = [];
      // Turns of growth and of shrinking, so that the gaps are closed for either reason.
      for (let step = 0; step < 20_000; step++) {
        const grows = step % 2000 < 1000;
        const name = `${random.below(most)}`;
        const known = named.expected.get(name);
        const choice = random.below(grows ? 8 : 2);
        if (known === undefined) {
          if (grows || random.below(8) === 0) named.add(name);
        } else if (choice < 2) {
          named.remove(name);
        } else if (choice === 2) {
          named.table.moveToEnd(known);
          named.expected.delete(name);
          named.expected.set(name, known);
        }
        if (walks.length < 5) walks.push([named.table.inOrder(), named.expected.keys()]);
        const at = random.below(walks.length);
        const [slots, names] = walks[at];
        const [slot, expected] = [slots.next(), names.next()];
        expect(slot.done === true ? undefined : named.names[slot.value]).toBe(expected.value);
        if (slot.done === true || random.below(1000) === 0) walks.splice(at, 1);
      }
    },
  );

  test("who stops halfway keeps no slot from being used again", () => {
    const named = new Named(hashOf);
    named.add("a");
    const abandoned = named.table.inOrder();
    expect(abandoned.next().done).toBe(false);
    const slots = new Set<number>();
    for (let round = 0; round < 1000; round++) {
      named.add(`${round}`);
      slots.add(named.find(`${round}`));
      named.remove(`${round}`);
    }
    expect(slots.size).toBe(1);
  });
});

test("a name and its bytes have one hash", () => {
  for (const name of ["", "name-1", "ü", "世界", "a🌍b", "\ufffd"]) {
    const bytes = Buffer.from(`--${name}--`);
    expect([hashOf(name), encodedName(name).hash]).toStrictEqual(
      Array(2).fill(hashOfBytes(bytes, 2, bytes.length - 2)),
    );
  }
});
