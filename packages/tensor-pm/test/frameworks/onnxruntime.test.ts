import { readFileSync } from "node:fs";
import { arange, array, type DType, dtypeInfo } from "@nodemm/ndarray-pm";
import * as ort from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import { fromOrt, openModel, run, saveModel, toOrt } from "../../src/frameworks/onnxruntime/index.ts";
import { splitModel } from "../../src/frameworks/onnxruntime/onnx/model.ts";
import { bytesField, fieldsOf, joined, numberField } from "../../src/frameworks/onnxruntime/onnx/wire.ts";
import { load, tensor } from "../../src/index.ts";
import { accuracyOf, testDigits } from "./mnist.ts";
import { afterPowerFailure, freshShelf } from "./shelves.ts";

const digits = new Uint8Array(readFileSync(new URL("fixtures/digits.onnx", import.meta.url)));
const { pixels, labels } = testDigits(500);
const quiet = { logSeverityLevel: 4 } as const;

const dtypes: DType[] = [
  "bool",
  "int8",
  "int16",
  "int32",
  "int64",
  "uint8",
  "uint16",
  "uint32",
  "uint64",
  "float16",
  "float32",
  "float64",
];

describe("tensors of ONNX Runtime", () => {
  test.each(dtypes)("%s: the same memory on the shelf, in the framework and back", (dtype) => {
    const { shelf } = freshShelf();
    shelf.vars.x = tensor([[1, 0, 1]], dtype);
    const { x } = shelf.vars;
    const given = toOrt(ort, x);
    expect(given.type).toBe(dtype);
    expect(given.dims).toEqual([1, 3]);
    expect((given.data as Uint8Array).buffer).toBe(x.array.data.buffer);
    const back = fromOrt(given);
    expect(back.dtype).toBe(dtype);
    expect(back.toArray()).toEqual(x.toArray());
    back.zero_();
    expect(x.toArray()).toEqual(tensor({ shape: [1, 3] }, dtype).toArray());
  });

  test("a part of a tensor is handed over as that part", () => {
    const rows = tensor(arange(12).reshape(4, 3), "float32");
    const given = toOrt(ort, rows.array.slice([1, 3]));
    expect(given.dims).toEqual([2, 3]);
    expect([...(given.data as Float32Array)]).toEqual([3, 4, 5, 6, 7, 8]);
    expect((given.data as Float32Array).buffer).toBe(rows.array.data.buffer);
  });

  test("what cannot be shared is refused with what to do, never copied in silence", () => {
    const x = tensor(arange(6).reshape(2, 3), "float32");
    expect(() => toOrt(ort, x.array.T)).toThrow("hand over its copy()");
    expect(() => toOrt(ort, x.array.slice("...", "::2"))).toThrow("hand over its copy()");
    expect(() => toOrt(ort, array([{ re: 1, im: 2 }] as never, "complex64"))).toThrow("no dtype complex64");
    expect(() => toOrt(ort, [1, 2] as never)).toThrow(TypeError);
    expect(() => fromOrt(new ort.Tensor("string", ["a"], [1]))).toThrow("found one of string");
    expect(() => fromOrt({ type: "float32", data: new Float32Array(3), dims: [2] })).toThrow(RangeError);
  });

  test("after the shelf is closed nothing is handed over, and what was is refused by the framework, without a crash", async () => {
    const { shelf } = freshShelf();
    shelf.vars.image = tensor({ shape: [1, 1, 28, 28] });
    shelf.vars.logits = tensor({ shape: [1, 10] });
    const { image, logits } = shelf.vars;
    const session = await ort.InferenceSession.create(digits);
    const given = [toOrt(ort, image), toOrt(ort, logits)];
    shelf.close();
    expect(() => toOrt(ort, image)).toThrow(expect.objectContaining({ code: "ERR_SHELF_CLOSED" }));
    await expect(session.run({ image: given[0] })).rejects.toThrow("not enough space");
    const there = new ort.Tensor("float32", new Float32Array(784), [1, 1, 28, 28]);
    await expect(session.run({ image: there }, { logits: given[1] })).rejects.toThrow("not enough space");
  });
});

describe("a run", () => {
  test("reads inputs on the shelf where they lie, and writes outputs to where they are wanted, durably", async () => {
    const { shelf, region } = freshShelf();
    shelf.vars.images = tensor(array(pixels).reshape(500, 1, 28, 28));
    shelf.vars.logits = tensor({ shape: [500, 10] });
    const { images, logits } = shelf.vars;
    const session = await ort.InferenceSession.create(digits);
    const result = await run(ort, session, { image: images }, { logits });
    expect(result["logits"]).toBe(logits);
    expect(accuracyOf(logits.array.data, labels)).toBeGreaterThan(0.95);
    expect(afterPowerFailure(region).vars.logits.toArray()).toEqual(logits.toArray());

    // What is stored through the shelf is what the next run reads.
    const before = logits.array.copy();
    images.zero_();
    await run(ort, session, { image: images }, { logits });
    expect(logits.array.slice(3).toArray()).toEqual(logits.array.slice(4).toArray());
    expect(logits.toArray()).not.toEqual(before.toArray());
  });

  test("an output that was sealed is so no more when the framework writes to it", async () => {
    const { shelf } = freshShelf();
    shelf.vars.logits = tensor({ shape: [1, 10] });
    shelf.seal("logits");
    const { logits } = shelf.vars;
    const session = await ort.InferenceSession.create(digits);
    const running = run(ort, session, { image: tensor({ shape: [1, 1, 28, 28] }) }, { logits });
    logits.array.data[0] = 1; // as the framework does, some time before the run is done
    expect(shelf.check().findings).toEqual([]);
    await running;
  });

  test("the framework itself writes given outputs: their memory has them before anybody copies", async () => {
    const session = await ort.InferenceSession.create(digits);
    const logits = new Float32Array(10);
    const image = new ort.Tensor("float32", pixels.subarray(0, 784), [1, 1, 28, 28]);
    const results = await session.run({ image }, { logits: new ort.Tensor("float32", logits, [1, 10]) });
    expect(logits.indexOf(Math.max(...logits))).toBe(labels[0]);
    // A copy, or an alias in versions to come: neither is handed out by `run`.
    expect([...(results["logits"].data as Float32Array)]).toEqual([...logits]);
  });

  test("outputs that are not given are tensors in DRAM", async () => {
    const session = await ort.InferenceSession.create(digits);
    const { logits } = await run(ort, session, { image: tensor(array(pixels).reshape(500, 1, 28, 28)) });
    expect(logits.array.storage).toBeUndefined();
    expect(accuracyOf(logits.array.data as Float32Array, labels)).toBeGreaterThan(0.95);
  });

  test("names and shapes that the model does not have are refused, and the output keeps what it had", async () => {
    const session = await ort.InferenceSession.create(digits, quiet);
    const image = tensor({ shape: [1, 1, 28, 28] });
    await expect(run(ort, session, { picture: image })).rejects.toThrow('no input "picture"; it has image');
    await expect(run(ort, session, { image }, { scores: image })).rejects.toThrow('no output "scores"');
    const logits = tensor({ shape: [2, 10] }).fill_(7);
    await expect(run(ort, session, { image }, { logits })).rejects.toThrow("shape");
    expect(logits.array.data).toEqual(new Float32Array(20).fill(7));
  });
});

describe("a model on the shelf", () => {
  const image = tensor(array(pixels).reshape(500, 1, 28, 28));
  const scoresOf = async (model: { run: any }): Promise<Float32Array> => (await model.run({ image })).logits.array.data;
  const direct = async (): Promise<Float32Array> => {
    const session = await ort.InferenceSession.create(digits);
    const { logits } = await run(ort, session, { image });
    return logits.array.data as Float32Array;
  };

  test.each(["shared", "copied"] as const)("with weights %s computes what the file computes", async (weights) => {
    const { shelf, region } = freshShelf();
    saveModel(shelf, "digits", digits);
    const model = await openModel(ort, afterPowerFailure(region), "digits", { weights });
    expect(model.inputNames).toEqual(["image"]);
    const scores = await scoresOf(model);
    expect(accuracyOf(scores, labels)).toBeGreaterThan(0.95);
    for (const [index, score] of (await direct()).entries()) expect(scores[index]).toBeCloseTo(score, 3);
    await model.release();
  });

  test("its weights are tensors by name; what is stored in shared ones shows in the next run, in copied ones not", async () => {
    const { shelf } = freshShelf();
    saveModel(shelf, "digits", digits);
    expect(new Set(load<any>(shelf, "digits").weights.keys())).toEqual(
      new Set(["conv1", "conv2", "dense"].flatMap((layer) => [`${layer}.bias`, `${layer}.weight`])),
    );
    const shared = await openModel(ort, shelf, "digits");
    const copied = await openModel(ort, shelf, "digits", { weights: "copied" });
    const before = await scoresOf(copied);
    shared.weights.get("dense.weight")!.zero_();
    const bias = load<any>(shelf, "digits", { at: ["weights", "dense.bias"] });
    for (const [index, score] of (await scoresOf(shared)).entries()) {
      expect(score).toBeCloseTo(bias.array.get(index % 10), 5);
    }
    expect(await scoresOf(copied)).toEqual(before);
    expect(await scoresOf(await openModel(ort, shelf, "digits", { weights: "copied" }))).toEqual(
      await scoresOf(shared),
    );
  });

  test("a model saved anew takes the place of the old one whole, whose shared weights are gone with a typed error", async () => {
    const { shelf, region } = freshShelf();
    saveModel(shelf, "digits", digits);
    const old = await openModel(ort, shelf, "digits");
    saveModel(shelf, "digits", digits, { isWeight: ({ name }) => name.startsWith("dense") });
    await expect(old.run({ image })).rejects.toThrow(expect.objectContaining({ code: "ERR_SHELF_ERASED" }));
    const present = await openModel(ort, afterPowerFailure(region), "digits");
    expect([...present.weights.keys()]).toEqual(["dense.weight", "dense.bias"]);
    expect(accuracyOf(await scoresOf(present), labels)).toBeGreaterThan(0.95);
  });

  test("after the shelf is closed a run rejects with its error, also one that is under way", async () => {
    const { shelf } = freshShelf();
    saveModel(shelf, "digits", digits);
    const model = await openModel(ort, shelf, "digits");
    const underWay = model.run({ image });
    shelf.close();
    await expect(underWay).rejects.toThrow("not enough space");
    await expect(model.run({ image })).rejects.toThrow(expect.objectContaining({ code: "ERR_SHELF_CLOSED" }));
  });

  test("weights in external files are taken from what is handed in, and asked for by name where they are not", async () => {
    const { model, file } = withExternalData(digits);
    const { shelf } = freshShelf();
    expect(() => saveModel(shelf, "digits", model)).toThrow(
      expect.objectContaining({ code: "ERR_MODEL_UNSUPPORTED", message: expect.stringContaining('"weights.bin"') }),
    );
    expect(() => saveModel(shelf, "digits", model, { externalData: { "weights.bin": file.subarray(100) } })).toThrow(
      expect.objectContaining({ code: "ERR_MODEL_MALFORMED" }),
    );
    expect(shelf.has("digits")).toBe(false);
    saveModel(shelf, "digits", model, { externalData: { "weights.bin": file } });
    expect(await scoresOf(await openModel(ort, shelf, "digits", { weights: "copied" }))).toEqual(await direct());
  });

  test("sessions copy: neither model bytes nor externalData are looked at after they are made", async () => {
    const { model, file } = withExternalData(digits);
    const bytes = digits.slice();
    const sessions = [
      await ort.InferenceSession.create(bytes),
      await ort.InferenceSession.create(model, { externalData: [{ path: "weights.bin", data: file }] }),
    ];
    bytes.fill(0);
    file.fill(0);
    for (const session of sessions) {
      const { logits } = await run(ort, session, { image });
      expect(logits.array.data).toEqual(await direct());
    }
  });

  test("bytes that are no model are refused with a typed error, wherever they are cut or changed", () => {
    const { shelf } = freshShelf();
    const refused = (bytes: Uint8Array): void => {
      try {
        splitModel(bytes, () => true, new Map());
      } catch (error) {
        expect(error).toMatchObject({ name: "ModelError", code: expect.stringMatching(/^ERR_MODEL_/u) });
      }
    };
    for (let end = 0; end < digits.length; end += end < 1500 ? 1 : 97) refused(digits.subarray(0, end));
    for (let at = 0; at < digits.length; at += at < 1500 ? 1 : 97) {
      for (const flip of [0x80, 0x01, 0xff]) {
        const changed = digits.slice();
        changed[at] ^= flip;
        refused(changed);
      }
    }
    for (const bytes of [new Uint8Array(0), Buffer.from("no model"), digits.subarray(0, -1)]) {
      expect(() => saveModel(shelf, "digits", bytes)).toThrow(expect.objectContaining({ code: "ERR_MODEL_MALFORMED" }));
    }
    expect(() => saveModel(shelf, "digits", "digits.onnx" as never)).toThrow(TypeError);
    expect([...shelf.keys()]).toEqual([]);
  });

  test("another checkpoint under the name, or an unknown way to hold weights, is refused", async () => {
    const { shelf } = freshShelf();
    const { save } = await import("../../src/index.ts");
    save(shelf, "run", { weights: tensor([1]) });
    await expect(openModel(ort, shelf, "run")).rejects.toThrow(expect.objectContaining({ code: "ERR_MODEL_TYPE" }));
    await expect(openModel(ort, shelf, "none")).rejects.toThrow(
      expect.objectContaining({ code: "ERR_CHECKPOINT_NOT_FOUND" }),
    );
    await expect(openModel(ort, shelf, "run", { weights: "mapped" as never })).rejects.toThrow(TypeError);
  });
});

/** The same model with its weights in a file beside it, as exporters write models of many gigabytes. */
function withExternalData(bytes: Uint8Array): { model: Uint8Array; file: Uint8Array } {
  const { graph, weights } = splitModel(bytes, ({ dtype }) => dtypeInfo(dtype).kind === "f", new Map());
  const parts: Uint8Array[] = [];
  const initializers: Uint8Array[] = [];
  let offset = 0;
  for (const [name, weight] of weights) {
    const data = new Uint8Array(weight.array.data.buffer);
    const entry = (key: string, value: unknown): Uint8Array[] =>
      bytesField(13, [...bytesField(1, key), ...bytesField(2, String(value))]);
    initializers.push(
      ...bytesField(5, [
        ...weight.shape.flatMap((length) => numberField(1, length)),
        ...numberField(2, 1),
        ...bytesField(8, name),
        ...entry("location", "weights.bin"),
        ...entry("offset", offset),
        ...entry("length", data.length),
        ...numberField(14, 1),
      ]),
    );
    parts.push(data);
    offset += data.length;
  }
  const pieces = [...fieldsOf(graph)].flatMap(({ number, content, whole }) =>
    number === 7 ? bytesField(7, [content, ...initializers]) : [whole],
  );
  return { model: joined(pieces), file: joined(parts) };
}
