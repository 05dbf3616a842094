/** How near a result must come to NumPy's. */
import { type DType, dtypeInfo, type NDArray } from "../../src/index.ts";
import { sizeOf } from "../../src/shape.ts";
import { buildArray } from "./evaluate.ts";
import type { Expression } from "./expressions.ts";

/** What oracle.py answers. */
export interface Answer {
  readonly dtype?: DType;
  readonly shape?: number[];
  readonly bytes?: string;
  readonly error?: string;
  readonly skip?: string;
}

/** Functions that C libraries and V8 approximate each in their own way, within this many units in the last place. */
const functionUlps = 4;
const approximated = new Set(
  (
    "power cbrt exp exp2 expm1 log log2 log10 log1p sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh arccosh " +
    "arctanh arctan2 hypot deg2rad rad2deg"
  ).split(" "),
);
/** Sums in another order, or with wider steps in between: units of the sum of the absolute values. */
const summed = new Set(["sum", "mean", "var", "std", "norm", "cumsum", "matmul"]);
/** Of equal zeros of both signs NumPy takes whichever its vector instructions give. */
const zeroSignOpen = new Set([
  "maximum",
  "minimum",
  "fmax",
  "fmin",
  "min",
  "max",
  "clip",
  "sort",
  "takeAlongAxis",
  "inPlace",
]);

const epsilons: Readonly<Partial<Record<DType, number>>> = {
  float16: 2 ** -10,
  float32: 2 ** -23,
  float64: 2 ** -52,
  complex64: 2 ** -23,
  complex128: 2 ** -52,
};

/** Undefined if a result agrees with an answer, else what differs. */
export function differenceOf(expression: Expression, result: NDArray<any>, answer: Answer): string | undefined {
  const { name } = expression;
  const isIndex = name === "argmin" || name === "argmax" || name === "argsort";
  const wantedDType = isIndex ? "int32" : answer.dtype!;
  if (result.dtype !== wantedDType) return `dtype ${result.dtype}, NumPy has ${answer.dtype}`;
  if (result.shape.join() !== answer.shape!.join())
    return `shape [${result.shape.join()}], NumPy has [${answer.shape!.join()}]`;
  const wanted = buildArray({
    dtype: answer.dtype!,
    shape: answer.shape!,
    order: "C",
    bytes: answer.bytes!,
    views: [],
  });
  const found = numbersOf(result);
  const expected = numbersOf(wanted);
  const allowed = toleranceOf(expression, result.dtype);
  for (const [at, value] of found.entries()) {
    const other = expected[at];
    if (isIndex ? Number(value) === Number(other) : Object.is(value, other)) continue;
    if (value === other && (zeroSignOpen.has(name) || allowed.relative > 0 || allowed.absolute > 0)) continue;
    // C has a table of what complex functions give at infinities and NaN; here they are what the formulas give.
    if (isComplex(expression) && !(Number.isFinite(Number(value)) && Number.isFinite(Number(other)))) continue;
    // The parts of a complex number are as exact as the whole is: one may be what is left of two that cancel.
    const size =
      dtypeInfo(result.dtype).kind === "c"
        ? Math.hypot(Number(expected[at - (at % 2)]), Number(expected[at - (at % 2) + 1]))
        : Math.max(Math.abs(Number(value)), Math.abs(Number(other)));
    const distance = Math.abs(Number(value) - Number(other));
    if (distance <= allowed.relative * size + allowed.absolute) continue;
    return `element ${at} is ${value}, NumPy has ${other}`;
  }
  return undefined;
}

/** The numbers of an array in C order; two for each complex number. */
function numbersOf(array: NDArray<any>): (number | bigint)[] {
  const { dtype } = array;
  const whole = array.copy();
  const readable: NDArray<any> = dtype === "float16" ? whole.astype("float32") : whole;
  return [...(readable.data as Float64Array)];
}

function toleranceOf(expression: Expression, dtype: DType): { relative: number; absolute: number } {
  const { name } = expression;
  const epsilon = epsilons[dtype] ?? 0;
  const operation = name === "inPlace" ? (expression.options!["operation"] as string) : name;
  if (epsilon === 0) return { relative: 0, absolute: 0 };
  if (name === "prod" || name === "cumprod") {
    // A product is as far off as all of its factors together.
    const factors = expression.inputs.reduce((count, input) => count + ("dtype" in input ? sizeOf(input.shape) : 1), 0);
    return { relative: 8 * factors * epsilon, absolute: 8 * epsilon };
  }
  if (summed.has(name)) return { relative: 64 * epsilon, absolute: 8 * epsilon * scaleOf(expression) };
  if (isComplex(expression) && operation !== "copy") return { relative: 32 * epsilon, absolute: 0 };
  return { relative: approximated.has(operation) ? functionUlps * epsilon : 0, absolute: 0 };
}

function isComplex({ inputs }: Expression): boolean {
  return inputs.some((input) =>
    "dtype" in input ? dtypeInfo(input.dtype).kind === "c" : input.scalar[0] === "complex",
  );
}

/** The largest that a sum of these inputs, or a product of two, may become on the way. */
function scaleOf({ inputs, name }: Expression): number {
  const sizes = inputs.map((input) => {
    if (!("dtype" in input)) return 1;
    const numbers = numbersOf(buildArray({ ...input, views: [] })).map((value) => Math.abs(Number(value)));
    return numbers.filter((value) => Number.isFinite(value)).reduce((sum, value) => sum + value, 1);
  });
  const scale = sizes.reduce((product, size) => product * size, 1);
  return name === "var" ? scale * scale : scale;
}
