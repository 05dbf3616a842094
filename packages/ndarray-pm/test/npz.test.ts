import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  arange,
  array,
  type ArrayFileError,
  eye,
  load,
  loadz,
  loadzInto,
  savez,
  savezCompressed,
  zeros,
} from "../src/index.ts";
import { freshFolder } from "./support/folders.ts";
import { numpy, numpyName, runPython } from "./support/numpy.ts";
import { freshShelf } from "./support/shelves.ts";

const folder = freshFolder();
const kinds = ["stored", "deflated"] as const;
const recorded = Object.fromEntries(
  kinds.map((kind) => [kind, fileURLToPath(new URL(`fixtures/npz-${kind}.npz`, import.meta.url))]),
);

const counts = arange(0, 600, 1, "int32").reshape(20, 30).toArray();
const weights = eye(40).toArray();

describe.each(kinds)("an .npz file, %s", { timeout: 120_000 }, (kind) => {
  const write = kind === "stored" ? savez : savezCompressed;

  test("is read as NumPy wrote it, into DRAM and into a shelf", async () => {
    const arrays = await loadz(recorded[kind]);
    expect([...arrays.keys()]).toStrictEqual(["counts", "weights"]);
    const shelf = freshShelf();
    expect(await loadzInto(shelf, recorded[kind])).toStrictEqual(["counts", "weights"]);
    for (const source of [arrays, shelf]) {
      expect([source.get("counts")!.dtype, source.get("counts")!.toArray()]).toStrictEqual(["int32", counts]);
      expect([source.get("weights")!.dtype, source.get("weights")!.layout]).toStrictEqual(["float32", "F"]);
      expect(source.get("weights")!.toArray()).toStrictEqual(weights);
    }
    expect([...shelf.keys()]).toStrictEqual(["counts", "weights"]);
  });

  test("comes back from a shelf and goes to another, views and empty arrays among them", async () => {
    const { vars } = freshShelf(64 << 20);
    vars["x"] = arange(1_300_000).reshape(1300, 1000);
    const path = join(folder, `${kind}.npz`);
    const steps: number[] = [];
    const onProgress = (done: number): unknown => steps.push(done);
    await write(path, { x: vars["x"].T, "a/b ü": zeros([0, 3], "bool"), scalar: array(7n) }, { onProgress });
    expect([steps.length, steps.at(-1)]).toStrictEqual([4, 10_400_008]);
    const shelf = freshShelf(64 << 20);
    await loadzInto(shelf, path);
    expect([shelf.get("a/b ü").shape, shelf.get("scalar").get()]).toStrictEqual([[0, 3], 7n]);
    expect(shelf.get("x").subtract(vars["x"].T).any()).toBe(false);
    // Without anybody who wants to know how far it is, as well.
    expect((await loadz(path)).get("x")!.subtract(vars["x"].T).any()).toBe(false);
  });

  test("makes the same bytes of the same arrays", async () => {
    const paths = [join(folder, "one.npz"), join(folder, "two.npz")];
    for (const path of paths) await write(path, { x: arange(100) });
    expect(readFileSync(paths[0]).equals(readFileSync(paths[1]))).toBe(true);
  });

  test.skipIf(numpy === undefined)(`is read by ${numpyName}`, async () => {
    const path = join(folder, "python.npz");
    await write(path, { x: arange(6).reshape(2, 3).T, y: array([true, false]) });
    const program = `
import sys, numpy as np
file = np.load(sys.argv[1])
print(file.files, file["x"].tolist(), file["x"].flags.f_contiguous, file["y"].tolist())`;
    expect(runPython(program, [path]).trim()).toBe(
      "['x', 'y'] [[0.0, 3.0], [1.0, 4.0], [2.0, 5.0]] True [True, False]",
    );
  });

  test("that is damaged anywhere gives the right arrays or an error with a code, and changes no variable", async () => {
    const sound = readFileSync(recorded[kind]);
    const path = join(folder, "damaged.npz");
    const outcomes = new Set<string>();
    const change = fc.tuple(
      fc.nat(sound.length - 1),
      fc.integer({ min: 1, max: 255 }),
      fc.option(fc.nat(sound.length), { freq: 5 }),
    );
    await fc.assert(
      fc.asyncProperty(change, async ([at, flip, end]) => {
        const content = Buffer.from(sound);
        content[at] ^= flip;
        writeFileSync(path, content.subarray(0, end ?? content.length));
        const shelf = freshShelf(1 << 20);
        try {
          for (const name of await loadzInto(shelf, path)) {
            // A flipped bit of a name shows another name; no bytes of elements are wrong.
            const wanted = shelf.get(name).shape[0] === 20 ? counts : weights;
            expect(shelf.get(name).toArray()).toStrictEqual(wanted);
          }
          outcomes.add("read");
        } catch (error) {
          expect(error).toMatchObject({ name: "ArrayFileError" });
          expect([...shelf.keys()]).toStrictEqual([]);
          outcomes.add((error as ArrayFileError).code);
        }
      }),
      { numRuns: 600, seed: 20261125 },
    );
    expect([...outcomes]).toEqual(expect.arrayContaining(["read", "ERR_ARRAY_FILE_FORMAT"]));
    if (kind === "stored") expect(outcomes).toContain("ERR_ARRAY_FILE_CHECKSUM");
  });
});

describe("of an .npz file", () => {
  test("arrays can be chosen; one that is not there is refused, and nothing has changed", async () => {
    expect([...(await loadz(recorded["stored"], { names: ["weights"] })).keys()]).toStrictEqual(["weights"]);
    const shelf = freshShelf();
    const missing = { code: "ERR_ARRAY_FILE_NO_MEMBER" };
    await expect(loadzInto(shelf, recorded["stored"], { names: ["weights", "none"] })).rejects.toMatchObject(missing);
    expect([...shelf.keys()]).toStrictEqual([]);
  });

  test("members that are no arrays are refused by name, whole files that are no archives at once", async () => {
    const path = join(folder, "other.npz");
    writeFileSync(path, gzipSync("text"));
    await expect(loadz(path)).rejects.toMatchObject({ code: "ERR_ARRAY_FILE_FORMAT" });
    expect(() => load(recorded["stored"])).toThrow(/loadz/u);
    await expect(loadz(path)).rejects.toThrow(/for an \.npy file, see load/u);
    for (const wrong of [undefined, null, 5, {}]) {
      await expect(loadzInto(wrong as never, recorded["stored"])).rejects.toThrow(/^Expected the shelf/u);
    }
    await expect(loadz(join(folder, "none.npz"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("names that no archive can hold are refused before anything is written", async () => {
    for (const name of ["", "/etc/x", "../x", "a/../b", "c:x", "a\\b", "x".repeat(70_000)]) {
      await expect(savez(join(folder, "names.npz"), { [name]: zeros(1) })).rejects.toThrow(TypeError);
    }
    await expect(savez(join(folder, "names.npz"), { x: [1] as never })).rejects.toThrow(TypeError);
  });

  test("writing can be aborted, and leaves no file", async () => {
    const path = join(folder, "aborted.npz");
    const controller = new AbortController();
    const onProgress = (): void => controller.abort(new Error("enough"));
    const arrays = { x: zeros(1_500_000), y: zeros(1_500_000) };
    await expect(savez(path, arrays, { signal: controller.signal, onProgress })).rejects.toThrow(/enough/u);
    await expect(loadz(path)).rejects.toMatchObject({ code: "ENOENT" });
    const shelf = freshShelf();
    shelf.set("gone", zeros(3));
    const gone = shelf.get("gone");
    shelf.delete("gone");
    await expect(savez(path, { gone })).rejects.toMatchObject({ code: "ERR_SHELF_ERASED" });
  });
});
