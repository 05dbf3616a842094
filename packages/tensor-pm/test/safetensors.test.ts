import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dram, simulatePowerFailure } from "@nodemm/emulator";
import { arange, type DType, dtypeInfo } from "@nodemm/ndarray-pm";
import { openShelf, type Shelf } from "@nodemm/shelf";
import * as fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import {
  loadSafetensors,
  readSafetensorsHeader,
  SafetensorsError,
  safetensorsPieces,
  saveSafetensors,
  Tensor,
  tensor,
  tensorTypes,
} from "../src/index.ts";

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

function fileOf(json: string, data: Uint8Array = new Uint8Array(0), length = BigInt(Buffer.byteLength(json))): Buffer {
  const head = Buffer.alloc(8);
  head.writeBigUInt64LE(BigInt.asUintN(64, length));
  return Buffer.concat([head, Buffer.from(json), data]);
}

const anEntry = '{"dtype":"U8","shape":[2],"data_offsets":[0,2]}';

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
    for (const dtype of [...dtypes, "float32", "float64", "int64", "uint64"] as DType[]) {
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
    expect(tensors).toHaveLength(27);
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
    expect(tensors).toHaveLength(13);
    expect([...shelf.keys()].every((name) => name.startsWith("a."))).toBe(true);
    const other = freshShelf();
    await loadSafetensors(other, [whole]);
    expect(shelf.get("a.float64").equal(other.get("a.float64"))).toBe(true);
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
    const path = join(folder, "replaced.safetensors");
    writeFileSync(path, "old");
    const shelf = freshShelf(12 << 20);
    shelf.set("x", tensor({ shape: [2_000_000] }));
    const x: Tensor = shelf.get("x");
    await expect(saveSafetensors(path, { x }, { onProgress: () => shelf.delete("x") })).rejects.toMatchObject({
      code: "ERR_SHELF_ERASED",
    });
    const aborting = AbortSignal.abort(new Error("no"));
    await expect(saveSafetensors(path, { y: tensor([1]) }, { signal: aborting })).rejects.toThrow("no");
    expect([readFileSync(path, "utf8"), readdirSync(folder).filter((name) => name.endsWith(".part"))]).toStrictEqual([
      "old",
      [],
    ]);
    await saveSafetensors(path, { y: tensor([1]) });
    expect((await readSafetensorsHeader(path)).tensors[0]).toMatchObject({ name: "y", shape: [1] });
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
      () => safetensorsPieces({ x: tensor([1], "complex64" as DType) }),
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

describe("a malformed file is refused with a typed error", () => {
  const two = new Uint8Array(2);
  const cases: [string, Buffer, string][] = [
    ["nothing", Buffer.alloc(0), "ERR_SAFETENSORS_LENGTH"],
    ["less than a length", Buffer.alloc(7), "ERR_SAFETENSORS_LENGTH"],
    ["an empty header", Buffer.alloc(8), "ERR_SAFETENSORS_LENGTH"],
    ["a huge length", fileOf("{}", two, 2n ** 63n), "ERR_SAFETENSORS_LENGTH"],
    ["a negative length", fileOf("{}", two, -1n), "ERR_SAFETENSORS_LENGTH"],
    ["a length beyond the reference's limit", fileOf("{}", two, 100_000_001n), "ERR_SAFETENSORS_LENGTH"],
    ["a length beyond the file", fileOf("{}", two, 5n), "ERR_SAFETENSORS_LENGTH"],
    ["a length that cuts the JSON", fileOf(`{"a":${anEntry}}`, two, 20n), "ERR_SAFETENSORS_HEADER"],
    ["no JSON", fileOf("hello", two), "ERR_SAFETENSORS_HEADER"],
    ["a list", fileOf("[]", two), "ERR_SAFETENSORS_HEADER"],
    ["spaces ahead", fileOf(` {"a":${anEntry}}`, two), "ERR_SAFETENSORS_HEADER"],
    ["more behind", fileOf(`{"a":${anEntry}} x`, two), "ERR_SAFETENSORS_HEADER"],
    ["zeros behind", fileOf(`{"a":${anEntry}}\0`, two), "ERR_SAFETENSORS_HEADER"],
    ["a comma too many", fileOf(`{"a":${anEntry},}`, two), "ERR_SAFETENSORS_HEADER"],
    ["no UTF-8", Buffer.from(fileOf(`{"a":${anEntry}}`, two)).fill(0xff, 10, 11), "ERR_SAFETENSORS_HEADER"],
    ["a byte order mark", fileOf(`\ufeff{"a":${anEntry}}`, two), "ERR_SAFETENSORS_HEADER"],
    ["a number as entry", fileOf('{"a":1}'), "ERR_SAFETENSORS_HEADER"],
    ["no dtype", fileOf('{"a":{"shape":[2],"data_offsets":[0,2]}}', two), "ERR_SAFETENSORS_HEADER"],
    [
      "a field too many",
      fileOf('{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2],"x":1}}', two),
      "ERR_SAFETENSORS_HEADER",
    ],
    [
      "a fraction as length",
      fileOf('{"a":{"dtype":"U8","shape":[2.0],"data_offsets":[0,2]}}', two),
      "ERR_SAFETENSORS_HEADER",
    ],
    ["an exponent", fileOf('{"a":{"dtype":"U8","shape":[2e0],"data_offsets":[0,2]}}', two), "ERR_SAFETENSORS_HEADER"],
    [
      "a negative length of an axis",
      fileOf('{"a":{"dtype":"U8","shape":[-2],"data_offsets":[0,2]}}', two),
      "ERR_SAFETENSORS_HEADER",
    ],
    ["three offsets", fileOf('{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,1,2]}}', two), "ERR_SAFETENSORS_HEADER"],
    [
      "offsets beyond 2^53",
      fileOf('{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,99999999999999999999]}}', two),
      "ERR_SAFETENSORS_HEADER",
    ],
    ["depth without end", fileOf(`{"a":${"[".repeat(100_000)}`, two), "ERR_SAFETENSORS_HEADER"],
    ["metadata that is no object", fileOf('{"__metadata__":"a"}'), "ERR_SAFETENSORS_HEADER"],
    ["metadata that is no text", fileOf('{"__metadata__":{"a":1}}'), "ERR_SAFETENSORS_HEADER"],
    ["a name twice", fileOf(`{"a":${anEntry},"a":${anEntry}}`, two), "ERR_SAFETENSORS_DUPLICATE"],
    ["a name twice, once escaped", fileOf(`{"a":${anEntry},"\\u0061":${anEntry}}`, two), "ERR_SAFETENSORS_DUPLICATE"],
    [
      "a field twice",
      fileOf('{"a":{"dtype":"U8","dtype":"I8","shape":[2],"data_offsets":[0,2]}}', two),
      "ERR_SAFETENSORS_DUPLICATE",
    ],
    ["metadata twice", fileOf('{"__metadata__":{"a":"1","a":"2"}}'), "ERR_SAFETENSORS_DUPLICATE"],
    ["an overlap", fileOf(`{"a":${anEntry},"b":${anEntry}}`, two), "ERR_SAFETENSORS_OFFSETS"],
    ["a hole ahead", fileOf('{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}', two), "ERR_SAFETENSORS_OFFSETS"],
    [
      "a hole between",
      fileOf(`{"a":${anEntry},"b":{"dtype":"U8","shape":[1],"data_offsets":[3,4]}}`, new Uint8Array(4)),
      "ERR_SAFETENSORS_OFFSETS",
    ],
    [
      "offsets the wrong way",
      fileOf('{"a":{"dtype":"U8","shape":[2],"data_offsets":[2,0]}}', two),
      "ERR_SAFETENSORS_OFFSETS",
    ],
    [
      "a shape that does not fit",
      fileOf('{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,2]}}', two),
      "ERR_SAFETENSORS_OFFSETS",
    ],
    [
      "a shape whose product overflows 64 bits",
      fileOf('{"a":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]}}'),
      "ERR_SAFETENSORS_OFFSETS",
    ],
    [
      "an unknown dtype",
      fileOf('{"a":{"dtype":"F8_E4M3","shape":[2],"data_offsets":[0,2]}}', two),
      "ERR_SAFETENSORS_DTYPE",
    ],
    [
      "a name of the prototype as dtype",
      fileOf('{"a":{"dtype":"toString","shape":[2],"data_offsets":[0,2]}}', two),
      "ERR_SAFETENSORS_DTYPE",
    ],
    ["data cut short", fileOf(`{"a":${anEntry}}`, new Uint8Array(1)), "ERR_SAFETENSORS_LENGTH"],
    ["data too long", fileOf(`{"a":${anEntry}}`, new Uint8Array(3)), "ERR_SAFETENSORS_LENGTH"],
  ];
  test.each(cases)("%s", async (name, bytes, code) => {
    const shelf = freshShelf();
    const path = join(folder, "malformed");
    writeFileSync(path, bytes);
    for (const source of [path, [bytes]]) {
      const failure: unknown = await loadSafetensors(shelf, source).catch((error: unknown) => error);
      expect(failure, name).toBeInstanceOf(SafetensorsError);
      expect(failure).toMatchObject({ code });
      expect(shelf.size).toBe(0);
    }
  });

  test("a key __proto__ is a tensor's name as any other, and pollutes nothing", async () => {
    const shelf = freshShelf();
    const { metadata } = await loadSafetensors(shelf, [
      fileOf(`{"__metadata__":{"__proto__":"x"},"__proto__":${anEntry}}`, Uint8Array.of(1, 2)),
    ]);
    expect(Object.keys(metadata)).toStrictEqual(["__proto__"]);
    expect(shelf.get("__proto__").toArray()).toStrictEqual([1, 2]);
  });

  test("whatever is changed, cut out or put into a good file, it loads or is refused: no other error, no leftover", async () => {
    const good = readFileSync(fixture("every-dtype"));
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(good.length - 1), fc.constantFrom("flip", "cut", "put", "digit"), fc.nat(255)), {
          minLength: 1,
          maxLength: 4,
        }),
        async (changes) => {
          let bytes = Buffer.from(good);
          for (const [place, kind, value] of changes) {
            const at = place % bytes.length;
            if (kind === "flip") bytes[at] ^= 1 << (value & 7);
            else if (kind === "digit") bytes[at] = 48 + (value % 10);
            else if (kind === "cut")
              bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + (value & 15))]);
            else bytes = Buffer.concat([bytes.subarray(0, at), Buffer.of(value), bytes.subarray(at)]);
            if (bytes.length === 0) return;
          }
          const shelf = freshShelf(1 << 17);
          try {
            const { tensors } = await loadSafetensors(shelf, [bytes]);
            expect(shelf.size).toBe(tensors.length);
          } catch (error) {
            refused++;
            expect(error).toBeInstanceOf(SafetensorsError);
            expect(shelf.size).toBe(0);
          }
        },
      ),
      { numRuns: 1500 },
    );
    expect(refused).toBeGreaterThan(500);
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
