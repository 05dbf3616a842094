import type { DamageCheck } from "@nodemm/crash";
import { dram } from "@nodemm/emulator";
import { openShelf } from "../../src/index.ts";

/** A seal is compared by `check` alone: a power failure never changes what a sealed variable holds. */
export const sealDamage: DamageCheck = {
  name: "damage to what is sealed is found by a check (P12)",
  run() {
    const shelf = openShelf(dram({ size: 64 * 1024 }));
    shelf.set("x", new Uint8Array(100));
    shelf.seal("x");
    if (!shelf.check().ok) throw new Error("what is sealed and whole is found damaged");
    (shelf.get("x") as Uint8Array)[50] = 1;
    if (shelf.check().ok) throw new Error("what is sealed and damaged is found whole");
    shelf.close();
  },
};
