import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type DType, dtypeInfo, type NDArray, zeros } from "../src/index.ts";

/** One case of `fixtures/in-place.py`, which says what NumPy 2 does. Elements are texts, so that 64 bits survive. */
interface Case {
  readonly operator: "iadd" | "isub" | "imul" | "itruediv" | "ifloordiv" | "imod" | "ipow";
  readonly dtype: DType;
  readonly shape: number[];
  readonly target: string[];
  readonly operandDType: DType;
  readonly operandShape: number[];
  readonly operand: string[];
  readonly result?: string[];
  readonly error?: "TypeError" | "RangeError";
}

const cases: Case[] = readFileSync(new URL("fixtures/in-place.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Case);

function build(dtype: DType, shape: number[], elements: string[]): NDArray<any> {
  const x: NDArray<any> = zeros(shape, dtype);
  const convert = dtypeInfo(dtype).scalar === "bigint" ? BigInt : Number;
  for (const [at, element] of elements.entries()) x.data[at] = convert(element);
  return x;
}

/** C libraries and V8 round powers differently in the last place; everything else must agree bit for bit. */
function ulpsAllowed({ operator, dtype }: Case): number {
  if (operator !== "ipow") return 0;
  return dtype === "float64" ? 2 ** -51 : dtype === "float32" ? 2 ** -22 : 0;
}

/** The elements of the target after the operation, or the name of the error and the elements it left. */
function outcome(each: Case): string[] {
  const x = build(each.dtype, each.shape, each.target);
  try {
    x[each.operator](build(each.operandDType, each.operandShape, each.operand));
  } catch (error) {
    return [(error as Error).name, ...Array.from(x.data, String)];
  }
  return [...x.data].map((element) => (Object.is(element, -0) ? "-0" : String(element)));
}

function agrees(each: Case, found: string, wanted: string): boolean {
  if (found === wanted || Object.is(Number(found), Number(wanted))) return true;
  return Math.abs(Number(found) - Number(wanted)) <= Math.abs(Number(wanted)) * ulpsAllowed(each);
}

test("in-place arithmetic does to random arrays what NumPy does, bit for bit", () => {
  const results = cases.filter(({ error }) => error === undefined);
  expect(results.length).toBeGreaterThan(600);
  const mismatches = results.filter((each) => {
    const found = outcome(each);
    const wanted = each.result as string[];
    return found.length !== wanted.length || found.some((element, at) => !agrees(each, element, wanted[at]));
  });
  expect(mismatches).toStrictEqual([]);
});

test("in-place arithmetic refuses what NumPy refuses, with the array as it was", () => {
  const refusals = cases.filter(({ error }) => error !== undefined);
  expect(refusals.length).toBeGreaterThan(300);
  const mismatches = refusals.filter((each) => {
    const before = Array.from(build(each.dtype, each.shape, each.target).data, String);
    return outcome(each).join() !== [each.error, ...before].join();
  });
  expect(mismatches).toStrictEqual([]);
});
