import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as np from "numpy-ts";
import { describe, expect, test } from "vitest";
import * as nd from "../src/index.ts";
import { freshFolder } from "./support/folders.ts";
import { numpy, numpyName } from "./support/numpy.ts";
import { freshShelf } from "./support/shelves.ts";

type Answer = number | "nan" | readonly Answer[];

interface Line {
  readonly numpy: string;
  readonly answer: Answer;
}

const documentPath = fileURLToPath(new URL("../../../docs/numpy.md", import.meta.url));
const rows = [
  ...readFileSync(documentPath, "utf8").matchAll(/^\|[^`|]*\| `(?<numpy>.*?)` +\| `(?<here>.*?)` +\|$/gmu),
].map(({ groups }) => groups as { numpy: string; here: string });

function parseLines(text: string): Map<string, Answer> {
  return new Map(
    text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Line)
      .map(({ numpy: expression, answer }) => [expression, answer]),
  );
}

const recorded = parseLines(readFileSync(new URL("fixtures/numpy-table.jsonl", import.meta.url), "utf8"));

/** The arrays that the document names, on a shelf. */
function shelved(): Record<string, nd.NDArray<any>> {
  const { vars } = freshShelf();
  const m = nd.array([
    [0.5, -1.25, 2, 3.5],
    [1.5, 0.25, -0.75, 4],
    [-2.5, 1, 0.125, 0],
  ]);
  const v = nd.array([0.5, -1.25, 2, 3.5, 1.5, 0.25, -0.75, 4]);
  vars["m"] = m;
  vars["a"] = nd.matmul(m.T, m).add(nd.eye(4).multiply(2));
  vars["t"] = nd.arange(0, 24, 1, "float32").reshape(2, 3, 4);
  vars["v"] = v;
  vars["n"] = nd.where(nd.greater(v, 3), Number.NaN, v);
  vars["w"] = nd.array([3, 1, 0, 2, 2, 5, 1, 4], "int32");
  const re = v.slice([0, 4]).toArray() as number[];
  const im = v.slice([4, 8]).toArray() as number[];
  vars["c"] = nd.array(re.map((each, at) => nd.complex(each, im[at])));
  return Object.fromEntries(["m", "a", "t", "v", "n", "w", "c"].map((name) => [name, vars[name]]));
}

const folder = freshFolder();

function evaluate(here: string): unknown {
  const arrays = shelved();
  const scope: Record<string, unknown> = { ...nd, ...arrays, np, N: (x: nd.NDArray) => nd.toNumpyTs(x, np) };
  if (here === 'load("x.npy")') {
    const path = join(folder, "x.npy");
    nd.save(path, arrays["v"]);
    scope["load"] = () => nd.load(path);
  }
  if (here.startsWith("copyto")) {
    const target = arrays["m"].copy();
    nd.copyto(target, 1);
    return target;
  }
  // The document's own text, which is ours.
  // oxlint-disable-next-line typescript/no-implied-eval
  return new Function(...Object.keys(scope), `return ${here};`)(...Object.values(scope));
}

/** A result as the recording has it: numbers in nested arrays, real and imaginary parts apart. */
function plain(value: unknown): Answer {
  if (nd.NDArray.isNDArray(value)) {
    const isComplex = value.dtype.startsWith("complex");
    return isComplex ? [plain(value.real), plain(value.imag)] : plain(value.astype("float64").toArray());
  }
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "object" && value !== null && "tolist" in value) {
    return plain(nd.fromNumpyTs(value as unknown as nd.NumpyTsArray));
  }
  return Number.isNaN(value) ? "nan" : Number(value);
}

function agrees(found: Answer, wanted: Answer): boolean {
  if (Array.isArray(found) && Array.isArray(wanted)) {
    return found.length === wanted.length && found.every((each, at) => agrees(each as Answer, wanted[at] as Answer));
  }
  if (typeof found === "number" && typeof wanted === "number") {
    return Math.abs(found - wanted) <= 1e-12 + 1e-9 * Math.abs(wanted);
  }
  return found === wanted;
}

describe("docs/numpy.md", () => {
  test("has a recorded answer for each of its lines, more than a hundred", () => {
    expect(rows.length).toBeGreaterThan(130);
    expect(rows.map((row) => row.numpy)).toStrictEqual([...recorded.keys()]);
  });

  test.each(rows)("`$numpy` is here `$here`, on a shelved array", ({ numpy: expression, here }) => {
    const wanted = recorded.get(expression)!;
    const found = plain(evaluate(here));
    expect({ found, agrees: agrees(found, wanted) }).toMatchObject({ agrees: true });
  });

  test.skipIf(numpy === undefined)(`was answered as NumPy answers now (${numpyName})`, () => {
    const script = fileURLToPath(new URL("fixtures/numpy-table.py", import.meta.url));
    const { stdout, stderr } = spawnSync(numpy!.python, [script, documentPath], { encoding: "utf8" });
    expect(stderr.replace(/.*Warning.*\n.*\n/gu, "")).toBe("");
    const answers = parseLines(stdout);
    const changed = [...answers].filter(([expression, answer]) => !agrees(answer, recorded.get(expression)!));
    expect(changed).toStrictEqual([]);
  });
});
