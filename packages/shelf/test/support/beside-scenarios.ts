import { ReaderStorage } from "../../src/readers/reader-storage.ts";
import { Variable } from "../../src/variable.ts";
import type { Scenario } from "./explore.ts";
import { step } from "./step.ts";

const bytes = 64;

/** A worker stores into a variable's bytes beside the shelf's owner, and makes durable what it stored. */
const worker: Scenario = {
  run(shelf, expect, region) {
    const value = new Uint8Array(bytes);
    step(shelf, expect, [["x", value]], () => shelf.set("x", value));
    const place = { extentOffset: shelf.info("x")!.offset, extentBytes: bytes };
    const variable = new Variable({ name: "x", type: "uint8", version: 1, modified: 0, created: 0, ...place });
    const storage = new ReaderStorage(region, variable);
    const x = new Uint8Array(storage.buffer);
    // One word at a time, which no power failure tears.
    for (const [byte, change] of [
      [1, () => storage.persist(0, 8)],
      [2, () => storage.flush(0, 8)],
      [3, () => storage.copy(0, new Uint8Array(8).fill(3))],
    ] as const) {
      value.fill(byte, 0, 8);
      step(shelf, expect, [["x", value.slice()]], () => {
        if (byte < 3) x.fill(byte, 0, 8);
        change();
        if (byte > 1) storage.drain();
      });
    }
  },
};

export const besideScenarios: Readonly<Record<string, Scenario>> = { "a worker that stores beside the owner": worker };
