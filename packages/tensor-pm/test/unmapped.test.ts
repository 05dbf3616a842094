/** Loaded tensors are mapped at their first use, since each view of megabytes has V8 look for garbage. */
import { dram } from "@nodemm/emulator";
import { openReader, openShelf, type Shelf, type ShelfError } from "@nodemm/shelf";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { listVersions, load, save, type Tensor, tensor, tensorTypes } from "../src/index.ts";

/** How long a vector is whose views can be told from those of the shelf's own structures. */
const length = 5000;

/** A shelf with a checkpoint, just opened, and the lengths of the views that it asks its region for. */
function openedShelf(): { shelf: Shelf; views: number[] } {
  const region = dram({ size: 1 << 20 });
  const views: number[] = [];
  const watched = new Proxy(region, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== "function") return value;
      return (...parts: number[]): unknown => {
        if (key === "view") views.push(parts[1]);
        return (value as (...parts: unknown[]) => unknown).apply(target, parts);
      };
    },
  });
  const shelf = openShelf(watched, { types: tensorTypes });
  const vector = (value: number): Tensor => tensor(new Float32Array(length).fill(value), "float32");
  save(shelf, "run", { a: vector(1), b: vector(2) });
  shelf.set("alone", vector(3));
  views.length = 0;
  return { shelf, views };
}

describe("a tensor", () => {
  test("is mapped when its elements are asked for, not when it is loaded or got, and keeps its buffer then", () => {
    const { shelf, views } = openedShelf();
    const { a, b } = load<{ a: Tensor; b: Tensor }>(shelf, "run");
    const alone = shelf.get("alone") as Tensor;
    expect(a.shape).toStrictEqual([length]);
    expect(alone.numel()).toBe(length);
    const mapped = (): number => views.filter((bytes) => bytes === 4 * length).length;
    expect(mapped()).toBe(0);
    expect(a.array.get(4999)).toBe(1);
    expect(mapped()).toBe(1);
    b.add_(1);
    expect(b.array.data[0]).toBe(3);
    expect(b.array.data.buffer).toBe(b.array.data.buffer);
    alone.array.set(7, 5);
    expect([...alone.array.data.subarray(6, 9)]).toStrictEqual([3, 5, 3]);
    expect(mapped()).toBe(3);
    expect((load<{ b: Tensor }>(shelf, "run").b.array.data as Float32Array)[4999]).toBe(3);
    shelf.close();
  });

  test("that was never used says why it is gone: erased, let go by a later save, or its shelf closed", () => {
    const { shelf } = openedShelf();
    const alone = shelf.get("alone") as Tensor;
    shelf.delete("alone");
    const codeOf = (use: () => unknown): string => {
      try {
        use();
      } catch (error) {
        return (error as ShelfError).code;
      }
      return "none";
    };
    expect(codeOf(() => alone.array.data)).toBe("ERR_SHELF_ERASED");
    expect(codeOf(() => alone.array.get(0))).toBe("ERR_SHELF_ERASED");
    const { a } = load<{ a: Tensor }>(shelf, "run");
    save(shelf, "run", { a: tensor([1]) });
    save(shelf, "run", { a: tensor([2, 3]) });
    expect(codeOf(() => a.array.data)).toBe("ERR_SHELF_ERASED");
    const last = load<{ a: Tensor }>(shelf, "run").a;
    shelf.close();
    expect(codeOf(() => last.add_(1))).toBe("ERR_SHELF_CLOSED");
  });

  test("that was never used may be saved over itself", () => {
    const { shelf } = openedShelf();
    const tree = load<{ a: Tensor; b: Tensor }>(shelf, "run");
    save(shelf, "run", tree);
    save(shelf, "run", load(shelf, "run"));
    const { a, b } = load<{ a: Tensor; b: Tensor }>(shelf, "run");
    expect([a.array.data[0], a.array.data[4999], b.array.data[0], b.array.data[4999]]).toStrictEqual([1, 1, 2, 2]);
    shelf.close();
  });

  test("of a reader is mapped when it is used too", () => {
    const folder = mkdtempSync(join(tmpdir(), "tensor-test-"));
    const path = join(folder, "test.shelf");
    const shelf = openShelf(path, { size: "1 MiB", types: tensorTypes });
    shelf.set("alone", tensor(new Float32Array(length).fill(3), "float32"));
    const reader = openReader(path, { types: tensorTypes });
    const alone = reader.get("alone") as Tensor;
    expect(alone.array.get(4999)).toBe(3);
    reader.close();
    shelf.close();
    rmSync(folder, { recursive: true });
  });

  test("of a checkpoint is not to be had from a reader, which load says", () => {
    const folder = mkdtempSync(join(tmpdir(), "tensor-test-"));
    const path = join(folder, "test.shelf");
    const shelf = openShelf(path, { size: "1 MiB", types: tensorTypes });
    save(shelf, "run", { a: tensor([1, 2]), step: 3 });
    const reader = openReader(path, { types: tensorTypes });
    expect(listVersions(reader as never, "run")).toHaveLength(1);
    const refusal = expect.objectContaining({
      name: "TypeError",
      message: expect.stringMatching(/openShelf, found a ShelfReader/u),
    });
    for (const at of [[], ["step"]]) expect(() => load(reader as never, "run", { at })).toThrow(refusal);
    reader.close();
    shelf.close();
    rmSync(folder, { recursive: true });
  });
});
