/**
 * Numbers as NumPy writes them: the fewest digits that tell a number of its dtype apart from all others, or so many digits
 * rounded from its exact value, halves to even. What V8 rounds halves up is put right here.
 */
import { bfloat16Bits, bfloat16FromBits } from "../bfloat16.ts";
import type { DType } from "../dtype.ts";
import { float16Bits, float16FromBits } from "../float16.ts";

/** How a number is rounded to the values that a dtype holds. */
export function roundedTo(dtype: DType): (value: number) => number {
  if (dtype === "float16") return (value) => float16FromBits(float16Bits(value));
  if (dtype === "bfloat16") return (value) => bfloat16FromBits(bfloat16Bits(value));
  return dtype === "float32" || dtype === "complex64" ? Math.fround : (value) => value;
}

/** A finite number of 0 or more, in decimal digits: `d.ddd * 10 ** exponent`. */
export interface Digits {
  readonly digits: string;
  readonly exponent: number;
}

function parseExponential(text: string): Digits {
  const [mantissa, exponent] = text.split("e");
  return { digits: mantissa.replace(".", ""), exponent: Number(exponent) };
}

/** The fewest digits that are read back as `value`, a number of `dtype`. */
export function shortestDigits(value: number, dtype: DType): Digits {
  if (dtype === "float64" || dtype === "complex128") return parseExponential(value.toExponential());
  const rounded = roundedTo(dtype);
  for (let fraction = 0; fraction < 9; fraction++) {
    if (rounded(Number(value.toExponential(fraction))) === value) return roundedDigits(value, fraction + 1);
  }
  return parseExponential(value.toExponential());
}

/** `value` rounded to `count` digits, at least 1, of its exact value; halves to even. */
export function roundedDigits(value: number, count: number): Digits {
  const text = value.toExponential(Math.min(count - 1, 100));
  return isHalf(value, count) ? halfToEven(value, count) : parseExponential(text);
}

/** Whether `value` lies exactly between two numbers of `count` digits. */
function isHalf(value: number, count: number): boolean {
  if (count > 99 || value === 0) return false;
  const { digits, exponent } = parseExponential(value.toExponential(count));
  return digits.endsWith("5") && isExactly(value, BigInt(digits), exponent - count);
}

function halfToEven(value: number, count: number): Digits {
  const { digits, exponent } = parseExponential(value.toExponential(count));
  const kept = BigInt(digits) / 10n;
  const even = (kept % 2n === 0n ? kept : kept + 1n).toString();
  return even.length > count ? { digits: even.slice(0, count), exponent: exponent + 1 } : { digits: even, exponent };
}

/** Whether `value` is `mantissa * 10 ** exponent`, to the last bit. */
function isExactly(value: number, mantissa: bigint, exponent: number): boolean {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const biased = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  const binary = biased === 0 ? fraction : fraction | (1n << 52n);
  const shift = Math.max(biased, 1) - 1075;
  let left = binary;
  let right = mantissa;
  if (shift >= 0) left <<= BigInt(shift);
  else right <<= BigInt(-shift);
  if (exponent >= 0) right *= 10n ** BigInt(exponent);
  else left *= 10n ** BigInt(-exponent);
  return left === right;
}

/** The digits before the point and behind it, without the zeros that end a fraction. */
export function positional({ digits, exponent }: Digits): { readonly whole: string; readonly fraction: string } {
  const padded = exponent < 0 ? "0".repeat(-exponent) + digits : digits.padEnd(exponent + 1, "0");
  const point = Math.max(exponent, 0) + 1;
  return { whole: padded.slice(0, point), fraction: padded.slice(point).replace(/0+$/u, "") };
}

/** An exponent with its sign and at least two digits. */
export function exponentText(exponent: number, length = 2): string {
  return (exponent < 0 ? "-" : "+") + String(Math.abs(exponent)).padStart(length, "0");
}
