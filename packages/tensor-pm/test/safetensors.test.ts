import { execFileSync } from "node:child_process";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dram, simulatePowerFailure } from "@nodemm/emulator";
import { arange, type DType, dtypeInfo } from "@nodemm/ndarray-pm";
import { openShelf, type Shelf } from "@nodemm/shelf";
import { afterAll, describe, expect, test } from "vitest";
import {
  loadSafetensors,
  readSafetensorsHeader,
  safetensorsPieces,
  saveSafetensors,
  Tensor,
  tensor,
  tensorTypes,
} from "../src/index.ts";
import { fileOf } from "./support/safetensors-file.ts";

type AnyShelf = Shelf<Record<string, any>>;
const folder = mkdtempSync(join(tmpdir(), "nodemm-safetensors-"));
afterAll(() => rmSync(folder, { recursive: true }));

function freshShelf(bytes = 1 << 20): AnyShelf {
  return openShelf(dram({ size: bytes }), { types: tensorTypes });
}

function fixture(name: string): string {
  return new URL(`fixtures/${name}.safetensors`, import.meta.url).pathname;
}

async function collected(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const piece of pieces) all.push(Buffer.from(piece));
  return Buffer.concat(all);
}

describe("files of the reference implementation", () => {
  test.each(["every-dtype", "shapes", "nothing"])("%s goes through a shelf and comes out bit for bit", async (name) => {
    const shelf = freshShelf();
    const { tensors, metadata } = await loadSafetensors(shelf, fixture(name));
    const back = new Map(
      tensors.map((entry) => [entry.name, shelf.get(entry.name) as Tensor]).reverse() as [string, Tensor][],
    );
    const said = Object.keys(metadata).length > 0 ? { metadata } : {};
    const path = join(folder, `${name}.safetensors`);
    await saveSafetensors(path, back, said);
    expect(readFileSync(path)).toStrictEqual(readFileSync(fixture(name)));
    expect(await collected(safetensorsPieces(back, said))).toStrictEqual(readFileSync(fixture(name)));
  });

  test("give every dtype its name, shape and elements", async () => {
    const shelf = freshShelf();
    const { tensors, metadata } = await loadSafetensors(shelf, fixture("every-dtype"), { prefix: "m/" });
    expect(metadata).toStrictEqual({ format: "pt" });
    const dtypes: DType[] = ["bool", "uint8", "int8", "int16", "uint16", "float16", "bfloat16", "int32", "uint32"];
    for (const dtype of [...dtypes, "float32", "complex64", "float64", "int64", "uint64"] as DType[]) {
      const a: Tensor = shelf.get(`m/a.${dtype}`);
      expect([a.dtype, a.shape, shelf.get(`m/b.${dtype}`).shape]).toStrictEqual([dtype, [2, 2], [3]]);
    }
    expect(shelf.get("m/a.int16").toArray()).toStrictEqual([
      [0x0100, 0x0302],
      [0x0504, 0x0706],
    ]);
    expect(shelf.get("m/a.bool").toArray()).toStrictEqual([
      [false, true],
      [false, true],
    ]);
    expect(tensors).toHaveLength(29);
    expect(shelf.get('m/Grüße "and" \\ \t\u0001')).toBeInstanceOf(Tensor);
  });
});

describe("an import", () => {
  test("shows all tensors together, durably, and none before", async () => {
    const region = simulatePowerFailure(dram({ size: 24 << 20 }));
    const shelf: AnyShelf = openShelf(region, { types: tensorTypes });
    shelf.set("a", tensor([7]));
    const source = { a: tensor(arange(1_500_000).astype("float32")), b: tensor([1, 2, 3], "int8") };
    const path = join(folder, "large.safetensors");
    await saveSafetensors(path, source);
    const seen: [number, number][] = [];
    await loadSafetensors(shelf, path, {
      onProgress: (done, total) => {
        seen.push([done, total]);
        const durable: AnyShelf = openShelf(dram({ image: region.durableImage() }), { types: tensorTypes });
        for (const each of [shelf, durable]) {
          expect([each.get("a").toArray(), each.has("b")]).toStrictEqual([[7], false]);
        }
      },
    });
    const total = 6_000_003;
    expect(seen).toStrictEqual([
      [4 * 1024 * 1024, total],
      [6_000_000, total],
      [total, total],
    ]);
    const durable: AnyShelf = openShelf(dram({ image: region.durableImage() }), { types: tensorTypes });
    expect(durable.get("a").equal(source.a)).toBe(true);
    expect(durable.get("b").toArray()).toStrictEqual([1, 2, 3]);
    expect([...durable.keys()].sort()).toStrictEqual(["a", "b"]);
  });

  test("takes any stream, in pieces of any length, and only the tensors that it is asked for", async () => {
    const whole = readFileSync(fixture("every-dtype"));
    async function* pieces(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < whole.length; at += 7) yield whole.subarray(at, at + 7);
    }
    const shelf = freshShelf();
    const { tensors } = await loadSafetensors(shelf, pieces(), { filter: (name) => name.startsWith("a.") });
    expect(tensors).toHaveLength(14);
    expect([...shelf.keys()].every((name) => name.startsWith("a."))).toBe(true);
    const other = freshShelf();
    await loadSafetensors(other, [whole]);
    expect(shelf.get("a.float64").equal(other.get("a.float64"))).toBe(true);
  });

  test("leaves out tensors of dtypes that are not known here, and names one that it is to load", async () => {
    const json =
      '{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"f8":{"dtype":"F8_E4M3","shape":[3],"data_offsets":[2,5]},' +
      '"odd":{"dtype":"toString","shape":[9],"data_offsets":[5,6]},"z":{"dtype":"I8","shape":[1],"data_offsets":[6,7]}}';
    const file = fileOf(json, Uint8Array.of(1, 2, 3, 4, 5, 6, 7));
    const header = await readSafetensorsHeader([file]);
    expect(header.tensors.map(({ dtype, dtypeName }) => [dtype, dtypeName])).toStrictEqual([
      ["uint8", "U8"],
      [undefined, "F8_E4M3"],
      [undefined, "toString"],
      ["int8", "I8"],
    ]);
    const shelf = freshShelf();
    for (const tensorName of ["f8", "odd"]) {
      const filter = (name: string): boolean => name === "a" || name === tensorName;
      await expect(loadSafetensors(shelf, [file], { filter })).rejects.toMatchObject({
        name: "SafetensorsError",
        code: "ERR_SAFETENSORS_DTYPE",
        tensor: tensorName,
      });
      expect(shelf.size).toBe(0);
    }
    const { tensors } = await loadSafetensors(shelf, [file], { filter: (name) => name.length === 1 });
    expect(tensors.map(({ dtype }) => dtype)).toStrictEqual(["uint8", "int8"]);
    expect([...shelf.entries()].map(([name, value]) => [name, value.toArray()])).toStrictEqual([
      ["a", [1, 2]],
      ["z", [7]],
    ]);
  });

  test("makes 1 of each byte of a boolean tensor that is not 0, in every piece", async () => {
    const length = (4 << 20) + 5;
    const bytes = new Uint8Array(2 * length);
    bytes.set([0, 1, 2, 255]);
    bytes.set([128, 0, 1], length - 3);
    bytes.set([3, 255], length);
    const json =
      `{"mask":{"dtype":"BOOL","shape":[${length}],"data_offsets":[0,${length}]},` +
      `"bytes":{"dtype":"U8","shape":[${length}],"data_offsets":[${length},${2 * length}]}}`;
    const shelf = freshShelf(12 << 20);
    await loadSafetensors(shelf, [fileOf(json, bytes)]);
    const { array }: Tensor = shelf.get("mask");
    expect([...array.data.subarray(0, 5), ...array.data.subarray(length - 3)]).toStrictEqual([0, 1, 1, 1, 0, 1, 0, 1]);
    expect(array.sum()).toBe(5n);
    expect([...shelf.get("bytes").array.data.subarray(0, 3)]).toStrictEqual([3, 255, 0]);
  });

  test("a signal ends waiting for a source that gives nothing more, which can be tried again", async () => {
    const shelf = freshShelf();
    const file = await collected(safetensorsPieces(new Map([["w", tensor([1])]])));
    for (const given of [4, file.length - 2]) {
      const stalled = async function* (): AsyncGenerator<Uint8Array> {
        yield file.subarray(0, given);
        await new Promise(() => {});
      };
      const controller = new AbortController();
      const loading = loadSafetensors(shelf, stalled(), { signal: controller.signal });
      setTimeout(() => controller.abort(new Error("enough")), 20);
      await expect(loading).rejects.toThrow("enough");
      expect(shelf.size).toBe(0);
    }
    await loadSafetensors(shelf, [file]);
    expect(shelf.get("w").toArray()).toStrictEqual([1]);
  });

  test("a tensor with a name of what is not whole yet is refused, and can be left out", async () => {
    const shelf = freshShelf();
    const [odd, w] = ["\ufdd0safetensors/1", tensor([1])];
    const file = await collected(
      safetensorsPieces(
        new Map([
          [odd, w],
          ["w", w],
        ]),
      ),
    );
    const refused = expect.objectContaining({ code: "ERR_SAFETENSORS_HEADER" });
    await expect(loadSafetensors(shelf, [file])).rejects.toThrow(refused);
    expect(shelf.size).toBe(0);
    await loadSafetensors(shelf, [file], { filter: (name) => name !== odd });
    expect([...shelf.keys()]).toStrictEqual(["w"]);
  });

  test("that is aborted, cut short or refused leaves the shelf as it was, and so does one after a crash", async () => {
    const shelf = freshShelf(12 << 20);
    shelf.set("a", tensor([7]));
    const path = join(folder, "aborted.safetensors");
    await saveSafetensors(path, { a: tensor({ shape: [2_000_000] }) });
    const unchanged = (): void => expect([[...shelf.keys()], shelf.get("a").toArray()]).toStrictEqual([["a"], [7]]);
    const aborting = new AbortController();
    const reason = new Error("enough");
    const stopped = loadSafetensors(shelf, path, { signal: aborting.signal, onProgress: () => aborting.abort(reason) });
    await expect(stopped).rejects.toBe(reason);
    unchanged();
    const whole = readFileSync(path);
    await expect(loadSafetensors(shelf, [whole.subarray(0, -1)])).rejects.toMatchObject({
      code: "ERR_SAFETENSORS_LENGTH",
    });
    unchanged();
    await expect(loadSafetensors(shelf, [whole, new Uint8Array(1)])).rejects.toMatchObject({
      code: "ERR_SAFETENSORS_LENGTH",
    });
    unchanged();
    await expect(loadSafetensors(freshShelf(), path)).rejects.toMatchObject({ code: "ERR_SHELF_NO_SPACE" });
    await expect(loadSafetensors(shelf, join(folder, "none"))).rejects.toMatchObject({ code: "ENOENT" });
    await expect(loadSafetensors(shelf, 5 as never)).rejects.toThrow(TypeError);
    // As a process that was killed leaves it.
    shelf.set("\ufdd0safetensors/0", tensor([1]));
    const both = [loadSafetensors(shelf, fixture("shapes")), loadSafetensors(shelf, fixture("shapes"))];
    const [first, second] = await Promise.allSettled(both);
    expect([first.status, second.status]).toStrictEqual(["fulfilled", "rejected"]);
    expect(second).toMatchObject({ reason: { code: "ERR_SAFETENSORS_BUSY" } });
    expect([...shelf.keys()].sort()).toStrictEqual(["a", "empty", "scalar"]);
  });

  test("rejects when the shelf is closed on the way", async () => {
    const shelf = freshShelf(12 << 20);
    const path = join(folder, "closed.safetensors");
    await saveSafetensors(path, { a: tensor({ shape: [2_000_000] }) });
    await expect(loadSafetensors(shelf, path, { onProgress: () => shelf.close() })).rejects.toMatchObject({
      code: expect.stringMatching(/CLOSED/),
    });
  });
});

describe("an export", () => {
  test("replaces a file as a whole, and leaves it alone when it fails", async () => {
    const alone = join(folder, "alone");
    mkdirSync(alone);
    const path = join(alone, "replaced.safetensors");
    writeFileSync(path, "old");
    const shelf = freshShelf(12 << 20);
    shelf.set("x", tensor({ shape: [2_000_000] }));
    const x: Tensor = shelf.get("x");
    await expect(saveSafetensors(path, { x }, { onProgress: () => shelf.delete("x") })).rejects.toMatchObject({
      code: "ERR_SHELF_ERASED",
    });
    const aborting = AbortSignal.abort(new Error("no"));
    await expect(saveSafetensors(path, { y: tensor([1]) }, { signal: aborting })).rejects.toThrow("no");
    expect([readFileSync(path, "utf8"), readdirSync(alone)]).toStrictEqual(["old", ["replaced.safetensors"]]);
    await saveSafetensors(path, { y: tensor([1]) });
    expect((await readSafetensorsHeader(path)).tensors[0]).toMatchObject({ name: "y", shape: [1] });
    expect(readdirSync(alone)).toStrictEqual(["replaced.safetensors"]);
  });

  test("keeps the permissions of the file that it replaces, and links to it", async () => {
    const [path, link] = [join(folder, "private.safetensors"), join(folder, "link.safetensors")];
    writeFileSync(path, "");
    symlinkSync("private.safetensors", link);
    for (const mode of [0o600, 0o666]) {
      chmodSync(path, mode);
      await saveSafetensors(link, { y: tensor([1, 2]) });
      expect([statSync(path).mode & 0o777, lstatSync(link).isSymbolicLink()]).toStrictEqual([mode, true]);
      expect((await readSafetensorsHeader(path)).tensors[0]).toMatchObject({ name: "y", shape: [2] });
    }
  });

  test("writes views with gaps and Fortran order as their elements in C order", async () => {
    const x = arange(6).reshape(2, 3);
    const shelf = freshShelf();
    const pieces = safetensorsPieces({ t: x.T, flipped: new Tensor(x.flip(1)), f: x.copy("F") });
    await loadSafetensors(shelf, pieces);
    expect(["t", "flipped", "f"].map((name) => shelf.get(name).toArray())).toStrictEqual([
      x.T.toArray(),
      x.flip(1).toArray(),
      x.toArray(),
    ]);
  });

  test("refuses what the format cannot say", async () => {
    const x = tensor([1]);
    for (const wrong of [
      () => safetensorsPieces({ __metadata__: x }),
      () => safetensorsPieces({ "\ud800": x }),
      () => safetensorsPieces({ x: [1] as never }),
      () => safetensorsPieces(5 as never),
      () => safetensorsPieces(new Map([[1, x]]) as never),
      () => safetensorsPieces({ x: tensor([1], "complex128") }),
      () => safetensorsPieces({ x }, { metadata: { a: 1 as never } }),
      () => safetensorsPieces({ x }, { metadata: { a: "\udc00" } }),
    ]) {
      expect(wrong).toThrow(TypeError);
    }
    const odd = { "0": x, __proto__0: x, "10": x, "9": x };
    expect((await readSafetensorsHeader(safetensorsPieces(odd))).tensors.map(({ name }) => name)).toStrictEqual([
      "0",
      "10",
      "9",
      "__proto__0",
    ]);
  });
});

test("a GiB that is not there takes no memory: a file that promises much is refused by its length", async () => {
  const json = '{"a":{"dtype":"U8","shape":[1073741824],"data_offsets":[0,1073741824]}}';
  const before = process.memoryUsage().arrayBuffers;
  await expect(loadSafetensors(freshShelf(), [fileOf(json)])).rejects.toMatchObject({ code: "ERR_SHELF_NO_SPACE" });
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 << 20);
});

test("importing and exporting 192 MiB takes a process a few MiB of memory beside the shelf", () => {
  const program = `
    import { dram } from "@nodemm/emulator";
    import { openShelf } from "@nodemm/shelf";
    import { zeros } from "@nodemm/ndarray-pm";
    import { loadSafetensors, saveSafetensors, tensor, tensorTypes } from "@nodemm/tensor-pm";
    const path = process.argv[1];
    const shelf = openShelf(path + ".shelf", { size: "448 MiB", types: tensorTypes });
    for (let at = 0; at < 3; at++) shelf.set("x" + at, tensor({ shape: [16 << 20] }));
    const own = () => process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed;
    let most = 0;
    const before = own();
    const onProgress = () => { most = Math.max(most, own() - before); };
    const tensors = Object.fromEntries([0, 1, 2].map((at) => ["x" + at, shelf.get("x" + at)]));
    const views = process.memoryUsage().arrayBuffers;
    await saveSafetensors(path, tensors, { onProgress });
    await loadSafetensors(shelf, path, { prefix: "y", onProgress });
    console.log(JSON.stringify([most, views, shelf.get("yx2").numel()]));
    shelf.close();
  `;
  const path = join(folder, "bounded.safetensors");
  const output = execFileSync(process.execPath, ["--input-type=module", "-e", program, path], {
    cwd: join(import.meta.dirname, ".."),
    encoding: "utf8",
  });
  const [most, , count] = JSON.parse(output) as number[];
  // The shelf's own bytes count as array buffers when they are first shown: the three that are saved.
  expect(most - 3 * (64 << 20)).toBeLessThan(48 << 20);
  expect(count).toBe(16 << 20);
  expect(dtypeInfo("float32").itemsize).toBe(4);
});
