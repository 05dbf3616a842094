import * as transformers from "@huggingface/transformers";
import { arange, type DType } from "@nodemm/ndarray-pm";
import { describe, expect, test } from "vitest";
import { fromTransformers, toTransformers } from "../../src/frameworks/transformers/index.ts";
import { tensor } from "../../src/index.ts";
import { afterPowerFailure, freshShelf } from "./shelves.ts";

const dtypes: DType[] = ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "float32", "float64"];

describe("tensors of Hugging Face's transformers", () => {
  test.each([...dtypes, "float16"] as DType[])(
    "%s: the same memory on the shelf, in the framework and back",
    (dtype) => {
      const { shelf } = freshShelf();
      shelf.vars.x = tensor([[1, 0, 1]], dtype);
      const { x } = shelf.vars;
      const given = toTransformers(transformers, x);
      expect(given).toBeInstanceOf(transformers.Tensor);
      expect([given.type, given.dims]).toEqual([dtype, [1, 3]]);
      expect((given.data as Uint8Array).buffer).toBe(x.array.data.buffer);
      const back = fromTransformers(given);
      back.zero_();
      expect([back.dtype, x.toArray()]).toEqual([dtype, tensor({ shape: [1, 3] }, dtype).toArray()]);
    },
  );

  test("what it does in place it does to the shelf, durable after persist", () => {
    const { shelf, region } = freshShelf();
    shelf.vars.embeddings = tensor([
      [3, 4],
      [0, 2],
    ]);
    const { embeddings } = shelf.vars;
    toTransformers(transformers, embeddings).normalize_(2, -1);
    embeddings.array.persist();
    expect(afterPowerFailure(region).vars.embeddings.array.get(0, 1)).toBeCloseTo(0.8, 6);
  });

  test("what it computes out of place is taken over without a copy, and kept by assigning it", () => {
    const { shelf, region } = freshShelf();
    shelf.vars.hidden = tensor(arange(24).reshape(1, 4, 6), "float32");
    const hidden = toTransformers(transformers, shelf.vars.hidden);
    const mask = toTransformers(transformers, tensor([[1n, 1n, 1n, 0n]]));
    const pooled = transformers.mean_pooling(hidden, mask);
    const taken = fromTransformers(pooled);
    expect(taken.array.data).toBe(pooled.data);
    shelf.vars.sentence = taken;
    expect(afterPowerFailure(region).vars.sentence.toArray()).toEqual([[6, 7, 8, 9, 10, 11]]);
  });

  test("what cannot be shared is refused", () => {
    expect(() => toTransformers(transformers, tensor(arange(6).reshape(2, 3), "float32").array.T)).toThrow("copy()");
    expect(() => fromTransformers(new transformers.Tensor("string", ["a"], [1]))).toThrow("found one of string");
  });
});
