import type { DamageCheck } from "@nodemm/crash";
import { dram } from "@nodemm/emulator";
import { openShelf } from "../../src/index.ts";
import { anatomyOf } from "../support/anatomy.ts";
import { damage, metadataOf } from "../support/damage.ts";
import { testimonyOf } from "../support/examine.ts";
import { imageAfter } from "../support/explore.ts";
import { fixEntropy } from "../support/fixed-entropy.ts";
import { judge } from "../support/judge.ts";

const damages = 3000;
const seed = 1;

/**
 * A power failure never changes an aligned 8-byte word into something that was not stored, so the checks that guard such
 * words alone are needed by damage only: bits that flip. `test/corruption.test.ts` does far more of it.
 */
export const metadataDamage: DamageCheck = {
  name: "damage to metadata is refused, or does no harm (P12)",
  run() {
    fixEntropy();
    const image = imageAfter((shelf, capture) => {
      shelf.set("bytes", new Uint8Array(300).fill(7)).set("number", 1).set("text", "words");
      shelf.transaction(() => {
        shelf.snapshot("bytes", 0, 100);
        (shelf.get("bytes") as Uint8Array).fill(1, 0, 100);
        capture();
      });
    });
    const shelf = openShelf(dram({ image }));
    const expected = testimonyOf(shelf);
    shelf.close();
    const anatomy = anatomyOf(image);
    const places = metadataOf(anatomy);
    for (let index = 0; index < damages; index++) {
      const each = damage(image, places, seed, index);
      const { problem } = judge(each, anatomy, expected);
      if (problem !== undefined) throw new Error(`seed ${seed}, index ${index}: ${each.what}: ${problem}`);
    }
  },
};
