/** Deltas that name what is not theirs to change, or whose data variables are gone: a typed error, and nothing is written. */
import { crc32 } from "node:zlib";
import { dram, type SimulatedRegion } from "@nodemm/emulator";
import { openShelf } from "@nodemm/shelf";
import { describe, expect, test } from "vitest";
import { ChangeSet, eraseCheckpoint, pruneVersions, save, type Tensor, tensor, tensorTypes } from "../src/index.ts";
import { putRecord } from "../src/checkpoint/codecs.ts";
import type { CheckpointRecord } from "../src/checkpoint/record.ts";
import { type AnyShelf, freshShelf, load } from "./support/checkpoint-shelf.ts";

const corrupt = expect.objectContaining({ code: "ERR_SHELF_CORRUPT", structure: "checkpoint delta", variable: "run" });

function begin(): { shelf: AnyShelf; region: SimulatedRegion; state: { w: Tensor }; record: CheckpointRecord } {
  const { shelf, region } = freshShelf(4 << 20, "page");
  const state = { w: tensor({ shape: [20_000] }) };
  for (const value of [1, 2]) save(shelf, "run", { w: state.w.fill_(value) });
  save(shelf, "run", state, { changes: new ChangeSet().add(state.w.narrow(0, 0, 10).fill_(3)) });
  return { shelf, region, state, record: shelf.get("run") as CheckpointRecord };
}

function opened(region: SimulatedRegion, change?: (image: Uint8Array) => void): AnyShelf {
  region.persist(0, region.length);
  const image = region.durableImage();
  change?.(image);
  return openShelf(dram({ image, granularity: "page" }), { types: tensorTypes });
}

function expectRefused(shelf: AnyShelf, { w }: { w: Tensor }): void {
  expect(() => load(shelf, "run")).toThrow(corrupt);
  expect(() => save(shelf, "run", { w })).toThrow(corrupt);
  expect(() => pruneVersions(shelf, "run", { keep: 1 })).toThrow(corrupt);
  expect(eraseCheckpoint(shelf, "run")).toBe(true);
  expect([...shelf.keys()].filter((key) => key.startsWith("run"))).toStrictEqual([]);
}

describe("a delta with blocks for", () => {
  const others: Record<string, (record: CheckpointRecord) => number> = {
    itself: ({ delta }) => delta!,
    "a data variable that is spare": ({ data, delta, latest }) => {
      return data.find(({ number }) => number !== delta && number !== latest!.leaves[0].data)!.number;
    },
    "a data variable that is nowhere": () => 99,
  };

  test.each(Object.entries(others))("%s", (_, numberOf) => {
    const { region, shelf, state, record } = begin();
    const { offset } = shelf.info(record.dataName(record.delta!))!;
    const other = opened(region, (image) => {
      const view = new DataView(image.buffer, image.byteOffset + offset);
      view.setUint32(16, numberOf(record), true);
      view.setUint32(8, crc32(image.subarray(offset + 12, offset + 40)), true);
    });
    expectRefused(other, state);
    expect(other.check()).toMatchObject({ ok: true, findings: [] });
  });

  test("a version before the last", () => {
    const { region, shelf, state, record } = begin();
    const { data, delta, latest } = record;
    const versions = [{ ...latest!, id: latest!.id - 1 }, latest!];
    putRecord(shelf, "run", record.with({ versions, data, delta }));
    const other = opened(region);
    expectRefused(other, state);
    expect(other.has("run")).toBe(false);
  });
});

describe("a checkpoint with blocks written ahead", () => {
  const ways = [false, true].flatMap((again) => ["base", "delta"].map((part) => [part, again] as const));
  const nameOf = ({ delta, latest, ...record }: CheckpointRecord, part: string): string =>
    `${record.dataPrefix}${part === "delta" ? delta : latest!.leaves[0].data}`;

  test.each(ways)("whose %s is not there (opened again: %s)", (part, again) => {
    const { shelf: first, region, state, record } = begin();
    const shelf = again ? opened(region) : first;
    shelf.delete(nameOf(record, part));
    expectRefused(shelf, state);
  });

  test("whose base is shorter than it was", () => {
    const { shelf, region, state, record } = begin();
    shelf.set(nameOf(record, "base"), new Uint8Array(8));
    expectRefused(opened(region), state);
  });
});
