import { dram } from "@nodemm/emulator";
import { Catalog } from "../../src/catalog.ts";
import { SuperblockPair } from "../../src/superblock.ts";

/** Where the last frame of the catalog in a shelf's bytes begins. */
export function lastFrameOffset(image: Uint8Array): number {
  const region = dram({ image });
  const found = new SuperblockPair(region).read();
  if (found.kind !== "shelf") throw new Error("the image holds no shelf");
  const { catalogOffset, catalogBytes, catalogGeneration, firstSequence, seed } = found.superblock;
  const catalog = new Catalog(region, {
    offset: catalogOffset,
    bytes: catalogBytes,
    generation: catalogGeneration,
    firstSequence,
    seed,
  });
  let last = catalogOffset;
  const visit = (): void => {
    last = Math.max(last, catalogOffset + catalogBytes - catalog.room);
  };
  const accept = (): boolean => {
    visit();
    return true;
  };
  catalog.scan({
    put: visit,
    erase: visit,
    rename: visit,
    swap: accept,
    seal: accept,
    item: accept,
    clearItems: visit,
    laneCommit: visit,
  });
  return last;
}
