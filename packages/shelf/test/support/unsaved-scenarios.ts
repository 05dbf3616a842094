import type { Codec, Storage } from "../../src/index.ts";
import type { Scenario } from "./explore.ts";
import { step } from "./step.ts";
import { contentOf } from "./workload.ts";

const bytes = 64;

/** A value whose first 8 bytes alone are changed: a word, which no power failure tears. */
function wordFirst(value: number): Uint8Array {
  return new Uint8Array(bytes).fill(value, 0, 1);
}

/** Bytes changed in place without a transaction, and persisted by name, or all of them. */
const persisted: Scenario = {
  run(shelf, expect) {
    const content = new Map<string, unknown>();
    for (const name of ["x", "y"]) {
      content.set(name, wordFirst(0));
      step(shelf, expect, [...content], () => shelf.set(name, wordFirst(0)));
    }
    const [x, y] = ["x", "y"].map((name) => shelf.get(name) as Uint8Array);
    content.set("x", wordFirst(1));
    step(shelf, expect, [...content], () => {
      x[0] = 1;
      shelf.persist("x");
    });
    const either = [1, 2].flatMap((inX) =>
      [0, 2].map((inY) =>
        contentOf([
          ["x", wordFirst(inX)],
          ["y", wordFirst(inY)],
        ]),
      ),
    );
    expect(...either);
    x[0] = y[0] = 2;
    shelf.persist();
    expect(either[3]);
  },
};

/** A seal vouches for bytes that nobody persisted: it makes them durable. The first one of a shelf is also announced. */
const sealed: Scenario = {
  run(shelf, expect) {
    step(shelf, expect, [["x", wordFirst(0)]], () => shelf.set("x", wordFirst(0)));
    for (const value of [1, 2]) {
      step(shelf, expect, [["x", wordFirst(value)]], () => {
        shelf.unseal("x");
        (shelf.get("x") as Uint8Array)[0] = value;
        shelf.seal("x");
      });
    }
  },
};

class Filled {
  readonly byte: number;

  constructor(byte: number) {
    this.byte = byte;
  }
}

/** The storage of the variable that was opened last. */
let storage: Storage;

/** A type whose codec fills the new extent, and whose values use their storage themselves. */
const filledCodec: Codec = {
  type: "filled",
  shareable: true,
  accepts: (value) => value instanceof Filled,
  plan: () => ({ meta: new Uint8Array(0), byteLength: bytes }),
  write: (value, sink) => sink.fill(0, bytes, (value as Filled).byte),
  open(stored) {
    storage = stored.storage();
    return new Uint8Array(storage.buffer);
  },
};

const throughStorage: Scenario = {
  open: { types: [filledCodec] },
  run(shelf, expect) {
    const value = new Uint8Array(bytes).fill(7);
    step(shelf, expect, [["x", value]], () => shelf.set("x", new Filled(7)));
    const x = shelf.get("x") as Uint8Array;
    // Opened elsewhere in between, to look at it.
    const own = storage;
    for (const [byte, change] of [
      [1, () => own.persist(0, 8)],
      [2, () => own.flush(0, 8)],
      [3, () => own.copy(0, new Uint8Array(8).fill(3))],
    ] as const) {
      value.fill(byte, 0, 8);
      step(shelf, expect, [["x", value]], () => {
        if (byte < 3) x.fill(byte, 0, 8);
        change();
        if (byte > 1) own.drain();
      });
    }
  },
};

/** Bytes that no transaction saves: durable where somebody says so. */
export const unsavedScenarios: Readonly<Record<string, Scenario>> = {
  "persisting what was changed without a transaction": persisted,
  "sealing what was changed without a transaction": sealed,
  "a type that uses its storage": throughStorage,
};
