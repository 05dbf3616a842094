import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dram } from "@nodemm/emulator";
import { openShelf, type Shelf } from "@nodemm/shelf";
import * as fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { loadSafetensors, readSafetensorsHeader, SafetensorsError, tensorTypes } from "../src/index.ts";
import { fileOf } from "./support/safetensors-file.ts";

type AnyShelf = Shelf<Record<string, any>>;
const folder = mkdtempSync(join(tmpdir(), "nodemm-safetensors-"));
afterAll(() => rmSync(folder, { recursive: true }));

function freshShelf(bytes = 1 << 20): AnyShelf {
  return openShelf(dram({ size: bytes }), { types: tensorTypes });
}

const anEntry = '{"dtype":"U8","shape":[2],"data_offsets":[0,2]}';

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
    ["a text that does not end", fileOf('{"__metadata__":{"a":"b}}'), "ERR_SAFETENSORS_HEADER"],
    ["a text that ends with half an escape", fileOf('{"__metadata__":{"a":"b\\'), "ERR_SAFETENSORS_HEADER"],
    ["an escape that JSON does not have", fileOf('{"__metadata__":{"a":"\\x"}}'), "ERR_SAFETENSORS_HEADER"],
    ["a line break in a text", fileOf('{"__metadata__":{"a":"\n"}}'), "ERR_SAFETENSORS_HEADER"],
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
    [
      "an unknown dtype behind a hole",
      fileOf('{"a":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[1,2]}}', two),
      "ERR_SAFETENSORS_OFFSETS",
    ],
    [
      "an unknown dtype with offsets the wrong way",
      fileOf('{"a":{"dtype":"F8_E4M3","shape":[2],"data_offsets":[2,0]}}', two),
      "ERR_SAFETENSORS_OFFSETS",
    ],
    [
      "an overlap with an unknown dtype",
      fileOf(`{"a":${anEntry},"b":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[1,2]}}`, two),
      "ERR_SAFETENSORS_OFFSETS",
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

  test("a tensor of an unknown dtype that ends beyond the file", async () => {
    const bytes = fileOf('{"a":{"dtype":"F8_E4M3","shape":[3],"data_offsets":[0,3]}}', two);
    const path = join(folder, "beyond");
    writeFileSync(path, bytes);
    const tooShort = expect.objectContaining({ code: "ERR_SAFETENSORS_LENGTH" });
    await expect(readSafetensorsHeader(path)).rejects.toThrow(tooShort);
    await expect(loadSafetensors(freshShelf(), [bytes], { filter: () => false })).rejects.toThrow(tooShort);
  });

  test("a text of any length that the format allows is read", async () => {
    const text = '"\\'.repeat(6_000_000);
    const { metadata } = await readSafetensorsHeader([fileOf(JSON.stringify({ __metadata__: { text } }))]);
    expect(metadata["text"] === text).toBe(true);
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
    const good = readFileSync(new URL("fixtures/every-dtype.safetensors", import.meta.url));
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
