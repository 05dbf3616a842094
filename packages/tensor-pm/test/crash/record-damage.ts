import type { DamageCheck } from "@nodemm/crash";
import { dram, simulatePowerFailure } from "@nodemm/emulator";
import { openShelf, type Shelf, ShelfError } from "@nodemm/shelf";
import { ChangeSet, load, save, tensor, tensorTypes } from "../../src/index.ts";

/** So many that the record does not fit into the catalog. */
const leaves = 40;
/** Every so many bytes of a record, one bit is turned round. */
const stride = 5;

function openWith(region: Parameters<typeof openShelf>[0]): Shelf<Record<string, any>> {
  return openShelf<Record<string, any>>(region, { types: tensorTypes });
}

/** Of a record that is too large for the catalog, whose checksums guard only what lies in it. */
export const recordDamage: DamageCheck = {
  name: "damage to the record of a checkpoint is refused (P12)",
  run() {
    const region = simulatePowerFailure(dram({ size: 128 * 1024 }));
    const shelf = openWith(region);
    save(shelf, "run", { layers: Array.from({ length: leaves }, (_, index) => tensor([index])) });
    const { offset, byteLength } = shelf.info("run")!;
    if (offset === 0) throw new Error("the record has no bytes of its own");
    const image = region.durableImage();
    shelf.close();
    // Without the header, which lies in the catalog.
    for (let at = 0; at < byteLength - 8; at += stride) {
      const damaged = image.slice();
      damaged[offset + at] ^= 1 << (at % 8);
      if (!isRefused(damaged)) throw new Error(`byte ${at} of the record was damaged, and loading did not notice`);
    }
  },
};

/** Blocks of a delta, each in a line of its own, so that its table has some entries. */
const blocks = 3;
const tableEnd = 16 + 24 * blocks;

/** Of where changed blocks belong: a copy to another place would go unnoticed. */
export const deltaDamage: DamageCheck = {
  name: "damage to the table of a checkpoint's delta is refused",
  run() {
    const region = simulatePowerFailure(dram({ size: 128 * 1024, granularity: "page" }));
    const shelf = openWith(region);
    const changes = new ChangeSet();
    const weights = tensor({ shape: [4096] });
    save(shelf, "run", { weights });
    for (let block = 0; block < blocks; block++) changes.add(weights, 512 * block, 1);
    save(shelf, "run", { weights }, { changes });
    const places = [...shelf.keys()].map((name) => shelf.info(name)!);
    const image = region.durableImage();
    shelf.close();
    const place = places.find(({ offset }) => Buffer.from(image).toString("latin1", offset, offset + 8) === "NMmDelta");
    if (place === undefined) throw new Error("there is no delta");
    for (let at = 0; at < tableEnd; at++) {
      const damaged = image.slice();
      damaged[place.offset + at] ^= 1 << (at % 8);
      if (!isRefused(damaged)) throw new Error(`byte ${at} of the delta was damaged, and loading did not notice`);
    }
  },
};

function isRefused(image: Uint8Array): boolean {
  using shelf = openWith(dram({ image }));
  try {
    load(shelf, "run");
    return false;
  } catch (error) {
    if (error instanceof ShelfError && error.code === "ERR_SHELF_CORRUPT") return true;
    throw error;
  }
}
