import type { DType } from "../dtype.ts";
import { type Digits, exponentText, positional, roundedDigits, roundedTo, shortestDigits } from "./digits.ts";

/** Decimal digits that every number of a dtype keeps: beyond 10 to this power, NumPy writes exponents. */
const dtypeDigits: Partial<Record<DType, number>> = { float16: 3, bfloat16: 6, float32: 6, complex64: 6 };

export interface FloatStyle {
  /** Digits behind the point, at most. */
  readonly precision: number;
  /** Never exponents because of small numbers: those become 0. */
  readonly suppress: boolean;
  /** A plus before numbers that are not negative. */
  readonly plus: boolean;
}

/** What writes each of some numbers, all as wide. */
export type Format<Value> = (value: Value) => string;

/** Writes floating-point numbers of one array in columns, as NumPy's `FloatingFormat`; the width suits `values`. */
export function floatFormat(values: readonly number[], dtype: DType, style: FloatStyle): Format<number> {
  const finite = values.filter(Number.isFinite);
  const scientific = needsExponent(finite, dtype, style);
  const precision = scientific ? commonPrecision(finite, dtype, style.precision) : style.precision;
  const write = (value: number): [string, string] =>
    scientific ? scientificParts(value, dtype, precision) : positionalParts(value, dtype, precision);
  const exponentWidth = scientific ? greatest(finite, (value) => exponentLength(value, precision)) : 0;
  const signOf = (value: number): string => (value < 0 || Object.is(value, -0) ? "-" : style.plus ? "+" : "");

  let left = greatest(finite, (value) => signOf(value).length + write(value)[0].length);
  const right = scientific ? exponentWidth + 1 + precision : greatest(finite, (value) => write(value)[1].length);
  if (finite.length < values.length) {
    const signed = style.plus || values.includes(-Infinity) ? 1 : 0;
    left = Math.max(left, 3 - (right + 1), 3 + signed - (right + 1));
  }
  return (value) => {
    if (!Number.isFinite(value)) {
      const text = Number.isNaN(value) ? `${style.plus ? "+" : ""}nan` : `${signOf(value)}inf`;
      return text.padStart(left + right + 1);
    }
    const [whole, behind] = write(value);
    const start = (signOf(value) + whole).padStart(left);
    if (!scientific) return `${start}.${behind.padEnd(right)}`;
    const [fraction, exponent] = behind.split("e");
    return `${start}.${fraction}e${exponent[0]}${exponent.slice(1).padStart(exponentWidth - 1, "0")}`;
  };
}

/** The greatest of what `measure` gives, or 0; of any number of values. */
export function greatest<Value>(values: readonly Value[], measure: (value: Value) => number): number {
  return values.reduce((most, value) => Math.max(most, measure(value)), 0);
}

function needsExponent(finite: readonly number[], dtype: DType, { suppress }: FloatStyle): boolean {
  let largest = 0;
  let smallest = Infinity;
  for (const value of finite) {
    const magnitude = Math.abs(value);
    if (magnitude === 0) continue;
    largest = Math.max(largest, magnitude);
    smallest = Math.min(smallest, magnitude);
  }
  if (largest === 0) return false;
  if (largest >= 10 ** (dtypeDigits[dtype] ?? 8)) return true;
  // In the dtype: of float32, 0.7 and 700 are more than 1000 times apart to a double.
  const rounded = roundedTo(dtype);
  return !suppress && (smallest < rounded(0.0001) || rounded(largest / smallest) > 1000);
}

/** The most digits behind the point that one of the numbers needs, at most `precision`. */
function commonPrecision(finite: readonly number[], dtype: DType, precision: number): number {
  return greatest(finite, (value) => {
    const { digits } = limited(Math.abs(value), dtype, precision + 1);
    return Math.max(0, digits.replace(/0+$/u, "").length - 1);
  });
}

/** The shortest digits of a number, or `count` rounded ones if those are fewer. */
function limited(magnitude: number, dtype: DType, count: number): Digits {
  const shortest = shortestDigits(magnitude, dtype);
  return shortest.digits.length <= count ? shortest : roundedDigits(magnitude, count);
}

/** As many digits behind the point as told; what is written is the exact value, rounded. */
function scientificParts(value: number, dtype: DType, precision: number): [string, string] {
  const magnitude = Math.abs(value);
  const shortest = shortestDigits(magnitude, dtype);
  const { digits, exponent } =
    shortest.digits.length === precision + 1 ? shortest : roundedDigits(magnitude, precision + 1);
  return [digits[0], `${digits.slice(1)}e${exponentText(exponent)}`];
}

function exponentLength(value: number, precision: number): number {
  const { exponent } = roundedDigits(Math.abs(value), precision + 1);
  return exponentText(exponent).length;
}

function positionalParts(value: number, dtype: DType, precision: number): [string, string] {
  const magnitude = Math.abs(value);
  const shortest = shortestDigits(magnitude, dtype);
  const kept = precision + 1 + shortest.exponent;
  let digits = shortest;
  if (shortest.digits.length > kept)
    digits = kept > 0 ? roundedDigits(magnitude, kept) : roundedToPlace(magnitude, precision);
  const { whole, fraction } = positional(digits);
  return [whole, fraction];
}

/** A number below the last place that is kept: 0, or one at that place. */
function roundedToPlace(magnitude: number, precision: number): Digits {
  const [, fraction = ""] = magnitude.toFixed(precision).split(".");
  const isOne = fraction.endsWith("1") || (precision === 0 && magnitude > 0.5);
  // Half of the last place goes to the even 0.
  const isTie = magnitude === 5 * 10 ** -(precision + 1) && precision === 0;
  return isOne && !isTie ? { digits: "1", exponent: -precision } : { digits: "0", exponent: 0 };
}

/** One floating-point number by itself, as `str` of NumPy's scalar; `point` ends whole numbers with `.0`. */
export function scalarText(value: number, dtype: DType, point = true): string {
  if (Number.isNaN(value)) return "nan";
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const magnitude = Math.abs(value);
  if (magnitude === Infinity) return `${sign}inf`;
  const shortest = shortestDigits(magnitude, dtype);
  if (magnitude !== 0 && (magnitude >= 10 ** (dtypeDigits[dtype] ?? 16) || magnitude < 1e-4)) {
    const digits = shortest.digits.replace(/0+$/u, "");
    return `${sign}${digits[0]}${digits.length > 1 ? `.${digits.slice(1)}` : ""}e${exponentText(shortest.exponent)}`;
  }
  const { whole, fraction } = positional(shortest);
  if (fraction !== "") return `${sign}${whole}.${fraction}`;
  return point ? `${sign}${whole}.0` : sign + whole;
}
