import type { Marks } from "@nodemm/pmem-native";
import { expect, test } from "vitest";
import { Allocator } from "../src/allocator.ts";
import { Limbo } from "../src/readers/limbo.ts";

test("a reader that refreshes between two questions of the writer leaves nothing behind", () => {
  // Readers of another process move when they like, which only a stand-in does at this very moment.
  let answers: boolean[] = [];
  const marks = { heldByOthers: () => answers.shift() ?? false } as unknown as Marks;
  const allocator = new Allocator();
  const limbo = new Limbo(marks, allocator);
  answers = [true];
  limbo.release(64, 64, 5);
  limbo.release(256, 64, 6);
  expect([limbo.bytes, allocator.free]).toStrictEqual([128, 0]);
  answers = [true];
  expect(limbo.drain()).toBe(true);
  expect([limbo.bytes, allocator.free]).toStrictEqual([0, 128]);
  expect(limbo.drain()).toBe(false);
});
