import type { Granularity } from "@nodemm/pmem-native";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { dram, simulatePowerFailure } from "../src/index.ts";
import { wordsOf } from "./fixtures/states.ts";

/** The words that the operations below touch: two lines of one page, one of the next. */
const WORDS = [0, 1, 8, 512];

/** The rules once more, slowly, a word at a time: what each word held since it was last durable, and which drain settles it. */
class SlowWord {
  readonly held: number[] = [0];
  /** Index in `held` of what the next drain makes durable. */
  pending = 0;

  store(value: number): void {
    this.held.push(value);
  }

  flush(): void {
    this.pending = this.held.length - 1;
  }

  drain(): void {
    this.held.splice(0, this.pending);
    this.pending = 0;
  }
}

type Operation =
  | { readonly kind: "view" | "publish" | "copy" | "flush"; readonly word: number; readonly value: number }
  | { readonly kind: "drain" };

const anyOperation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({
    kind: fc.constantFrom("view", "publish", "copy", "flush" as const),
    word: fc.constantFrom(...WORDS),
    value: fc.integer({ min: 0, max: 3 }),
  }),
  fc.constant({ kind: "drain" } as const),
);

function sameUnit(granularity: Granularity, left: number, right: number): boolean {
  const words = granularity === "page" ? 512 : 8;
  return Math.floor(left / words) === Math.floor(right / words);
}

test.each<Granularity>(["byte", "cache-line", "page"])(
  "at %s granularity the states after any operations are those that the rules allow, no more and no fewer",
  (granularity) => {
    fc.assert(
      fc.property(fc.array(anyOperation, { maxLength: 12 }), (operations) => {
        const region = simulatePowerFailure(dram({ size: 8192, granularity }));
        const view = new DataView(region.view(0, 4160));
        const slow = new Map(WORDS.map((word) => [word, new SlowWord()]));
        for (const operation of operations) {
          if (operation.kind === "drain") {
            region.drain();
            for (const word of slow.values()) {
              if (granularity === "byte") word.flush();
              word.drain();
            }
            continue;
          }
          const { kind, word, value } = operation;
          const state = slow.get(word)!;
          if (kind === "view") view.setUint32(word * 8, value, true);
          else if (kind === "publish") region.publish(word * 8, value, 0);
          else if (kind === "copy") region.copy(word * 8, Uint32Array.of(value, 0));
          else region.flush(word * 8 + 3, 1);
          if (kind !== "flush") state.store(value);
          // Only operations look at views, so each store must be seen by one before the next.
          if (kind === "view") region.flush(0, 0);
          if (kind === "copy") state.flush();
          if (kind === "flush") {
            for (const other of WORDS) if (sameUnit(granularity, word, other)) slow.get(other)!.flush();
          }
        }
        let allowed = [""];
        for (const word of WORDS) {
          const values = [...new Set(slow.get(word)!.held)];
          allowed = allowed.flatMap((prefix) =>
            values.map((value) => (prefix === "" ? `${value}` : `${prefix} ${value}`)),
          );
        }
        const found = [...region.crashImages({ limit: 2 ** 12 })].map(({ bytes }) => wordsOf(bytes, WORDS));
        expect(found.sort()).toEqual(allowed.sort());
      }),
      { seed: 20261123, numRuns: 400 },
    );
  },
);
