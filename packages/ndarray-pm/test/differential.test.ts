import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { nativeSizes } from "../src/native/kernels.ts";
import { type Answer, differenceOf } from "./differential/compare.ts";
import { evaluate } from "./differential/evaluate.ts";
import { type Expression, ExpressionSource } from "./differential/expressions.ts";
import { numpy, numpyName } from "./support/numpy.ts";

const SEED = 20261125;
const LIVE_COUNT = 24_000;
/** What the committed answers cover, for machines without NumPy. */
const RECORDED_COUNT = 6_000;
/** Answers larger than this are not recorded. */
const recordedBytesMax = 400;

const ORACLE = fileURLToPath(new URL("differential/oracle.py", import.meta.url));
const RECORDED = new URL("fixtures/expressions.jsonl.gz", import.meta.url);

function expressionsOf(seed: number, count: number): Expression[] {
  const source = new ExpressionSource(seed);
  return Array.from({ length: count }, () => source.next());
}

function ask(python: string, expressions: readonly Expression[]): Answer[] {
  const input = expressions.map((each) => JSON.stringify(each)).join("\n");
  const { status, stdout, stderr } = spawnSync(python, [ORACLE], { input, encoding: "utf8", maxBuffer: 2 ** 30 });
  if (status !== 0) throw new Error(`the oracle failed: ${stderr}`);
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Answer);
}

interface Tally {
  agreed: number;
  refusedByBoth: number;
  skipped: number;
  readonly mismatches: string[];
}

/** Operations that NumPy has for dtypes for which this package has none, as its README says. */
const notOffered = /is not defined for complex|is not defined for .* here|negative power|take (?:the )?real/;

function compareAll(expressions: readonly Expression[], answers: readonly (Answer | undefined)[]): Tally {
  const tally: Tally = { agreed: 0, refusedByBoth: 0, skipped: 0, mismatches: [] };
  for (const [at, expression] of expressions.entries()) {
    const answer = answers[at];
    if (answer === undefined || answer.skip !== undefined) {
      tally.skipped++;
      continue;
    }
    const complain = (what: string): void => {
      if (tally.mismatches.length < 40) tally.mismatches.push(`${at}: ${describeExpression(expression)}: ${what}`);
      else tally.mismatches.push("");
    };
    try {
      const result = evaluate(expression);
      const difference =
        answer.error === undefined ? differenceOf(expression, result, answer) : `NumPy: ${answer.error}`;
      if (difference === undefined) tally.agreed++;
      else complain(difference);
    } catch (error) {
      const { message } = error as Error;
      const isRefusal = error instanceof TypeError || error instanceof RangeError;
      if (isRefusal && answer.error !== undefined) tally.refusedByBoth++;
      else if (isRefusal && notOffered.test(message)) tally.skipped++;
      else complain(`${(error as Error).name}: ${message}`);
    }
  }
  return tally;
}

function describeExpression({ name, inputs, options }: Expression): string {
  const operands = inputs.map((input) =>
    "scalar" in input
      ? input.scalar.join(" ")
      : `${input.dtype}[${input.shape.join()}]${input.order}${JSON.stringify(input.views)}`,
  );
  return `${name}(${operands.join("; ")}) ${JSON.stringify(options ?? {}).slice(0, 200)}`;
}

describe("random expressions over random views", () => {
  test.skipIf(numpy === undefined)(`agree with NumPy, asked now (${numpyName})`, { timeout: 180_000 }, () => {
    // By the addon, where there is one; test/kernels.test.ts shows that JavaScript gives the same bits.
    Object.assign(nativeSizes, { binary: 1, fold: 1, sort: 1 });
    const expressions = expressionsOf(SEED, LIVE_COUNT);
    const tally = compareAll(expressions, ask(numpy!.python, expressions));
    expect(tally.mismatches).toStrictEqual([]);
    expect(tally.agreed).toBeGreaterThan(20_000);
    expect(tally.refusedByBoth).toBeGreaterThan(300);
  });

  test("agree, computed in JavaScript, with what NumPy 2 answered when it was asked", () => {
    Object.assign(nativeSizes, { binary: Infinity, fold: Infinity, sort: Infinity });
    const expressions = expressionsOf(SEED + 1, RECORDED_COUNT);
    if (process.env["NODEMM_RECORD"] !== undefined) {
      const answers = ask(numpy!.python, expressions).map((answer) => {
        const isLong = (answer.bytes?.length ?? 0) > recordedBytesMax;
        return JSON.stringify(isLong ? { skip: "long" } : answer);
      });
      writeFileSync(RECORDED, gzipSync([`NumPy ${numpy!.version}`, ...answers].join("\n"), { level: 9 }));
    }
    const [, ...lines] = gunzipSync(readFileSync(RECORDED)).toString("utf8").split("\n");
    expect(lines.length).toBe(RECORDED_COUNT);
    const tally = compareAll(
      expressions,
      lines.map((line) => JSON.parse(line) as Answer),
    );
    expect(tally.mismatches).toStrictEqual([]);
    expect(tally.agreed).toBeGreaterThan(4_600);
  });
});
