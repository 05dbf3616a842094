import { createHash } from "node:crypto";
import { type DType, dtypeInfo, full, zeros } from "@nodemm/ndarray-pm";
import { describe, expect, test } from "vitest";
import { promoteTypes, Tensor, tensor } from "../src/index.ts";
import { commonDType } from "../src/tensor/operand.ts";
import { canCast } from "../src/tensor/promotion.ts";
import { readFixture, revive } from "./support/torch-fixtures.ts";

const fixture = readFixture("tensors.jsonl");
const only = (kind: string): any => fixture.find(([found]) => found === kind)![1];
const all = (kind: string): any[] => fixture.filter(([found]) => found === kind).map(([, value]) => value);

describe("dtypes", () => {
  test("every pair is promoted as by torch.promote_types", () => {
    const found = Object.keys(only("promoteTypes")).map((pair) => [
      pair,
      promoteTypes(...(pair.split(" ") as [DType, DType])),
    ]);
    expect(Object.fromEntries(found)).toStrictEqual(only("promoteTypes"));
  });

  test("the wider unsigned integers have no common dtype with other integers, as in newer versions of PyTorch", () => {
    expect(() => promoteTypes("uint16", "int32")).toThrow(TypeError);
    expect([promoteTypes("uint32", "bool"), promoteTypes("float16", "uint64")]).toStrictEqual(["uint32", "float16"]);
  });

  test("tensors without axes and scalars change a dtype as torch.result_type says", () => {
    const operandOf = (text: string): any => {
      if (text.startsWith("[")) return tensor([0], text.slice(1, -1) as DType);
      return ["true", "1", "1.5"].includes(text) ? JSON.parse(text) : new Tensor(zeros([], text as DType));
    };
    const found = Object.keys(only("resultType")).map((pair) => [pair, commonDType(pair.split(" ").map(operandOf))]);
    expect(Object.fromEntries(found)).toStrictEqual(only("resultType"));
  });

  test("results are stored in place where torch.can_cast allows it", () => {
    const found = Object.keys(only("canCast")).map((pair) => [pair, canCast(...(pair.split(" ") as [DType, DType]))]);
    expect(Object.fromEntries(found)).toStrictEqual(only("canCast"));
  });
});

describe("bfloat16", () => {
  const isNaN16 = (bits: number): boolean => (bits & 0x7fff) > 0x7f80;
  const digest = (data: Uint16Array | Uint32Array): string => createHash("sha256").update(data).digest("hex");

  test("all 65,536 patterns become the float32 that they become in PyTorch", () => {
    const x = zeros(65536, "bfloat16");
    x.data.set(Uint16Array.from({ length: 65536 }, (_, bits) => bits));
    const words = new Uint32Array(x.astype("float32").data.buffer);
    expect(digest(words.map((word, bits) => (isNaN16(bits) ? 0x7fc00000 : word)))).toBe(only("bfloat16Decoded"));
  });

  test("262,144 random float32 become the bits that they become in PyTorch", () => {
    const words = new Uint32Array(2 ** 18);
    for (let at = 0, state = 1; at < words.length; at++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      words[at] = state;
    }
    const floats = new Float32Array(words.buffer);
    expect(digest(tensor(floats).to("bfloat16").array.data)).toBe(only("bfloat16Encoded"));
  });
});

/** PyTorch's vector instructions fuse and approximate: so many units in the last place may lie between. */
const unitsMax = 4;
const precisions: Partial<Record<DType, number>> = {
  float16: 2 ** -10,
  bfloat16: 2 ** -7,
  float32: 2 ** -23,
  float64: 2 ** -52,
};

function expectNear(found: unknown, expected: unknown, dtype: DType): void {
  if (Array.isArray(expected)) {
    expect(found).toHaveLength(expected.length);
    for (const [at, each] of expected.entries()) expectNear((found as unknown[])[at], each, dtype);
    return;
  }
  const unit = precisions[dtype];
  if (unit === undefined || !Number.isFinite(expected)) return expect(found).toStrictEqual(expected);
  const distance = Math.abs((found as number) - (expected as number));
  expect(distance).toBeLessThanOrEqual(unitsMax * unit * Math.max(1, Math.abs(expected as number)));
}

const optionNames: Record<string, string> = { rounding_mode: "roundingMode", equal_nan: "equalNan" };

describe("operations give what PyTorch gives, with its dtype, and are refused where it refuses them", () => {
  const methods = [...new Set(all("call").map(({ method }) => method as string))];
  test.each(methods)("%s", (method) => {
    const cases = all("call").filter((call) => call.method === method);
    expect(cases.length).toBeGreaterThan(0);
    for (const { dtype, values, operands, options = {}, result, error } of cases) {
      const target: any = tensor(revive(values, dtype), dtype);
      const before = target.clone();
      const others = operands.map((operand: any) => {
        if (typeof operand !== "object") return operand;
        const elements = revive(operand.values, operand.dtype);
        return Array.isArray(elements)
          ? tensor(elements, operand.dtype)
          : new Tensor(full([], elements, operand.dtype));
      });
      const named = Object.fromEntries(Object.entries(options).map(([key, value]) => [optionNames[key] ?? key, value]));
      const call = (): any => target[method](...others, ...(Object.keys(named).length > 0 ? [named] : []));
      const text = `${dtype} ${JSON.stringify(values)} ${method} ${JSON.stringify(operands)}`;
      if (error === true) {
        expect(call, text).toThrow(Error);
        expect(target.toArray(), text).toStrictEqual(before.toArray());
        continue;
      }
      const found = call();
      if (typeof result === "boolean") {
        expect(found, text).toBe(result);
        continue;
      }
      expect(found.dtype, text).toBe(result.dtype);
      if (method.endsWith("_")) expect(found, text).toBe(target);
      else expect(target.toArray(), text).toStrictEqual(before.toArray());
      expectNear(found.toArray(), revive(result.values, result.dtype), result.dtype);
    }
  });
});

test("a tensor prints as PyTorch prints it, but for the names of dtypes and requiresGrad", () => {
  for (const { dtype, values, shape, requiresGrad = false, text } of all("print")) {
    const source = shape === undefined ? revive(values, dtype) : { shape };
    const elements =
      Array.isArray(source) || shape !== undefined ? tensor(source, dtype) : new Tensor(full([], source, dtype));
    const printed = new Tensor(elements.array, { requiresGrad }).toString();
    expect(printed).toBe(text.replace("torch.", "").replace("requires_grad=True", "requiresGrad=true"));
    expect(dtypeInfo(dtype).name).toBe(dtype);
  }
});
