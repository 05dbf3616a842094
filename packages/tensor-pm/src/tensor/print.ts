/**
 * PyTorch's print of a tensor: its choice of width, of scientific notation and of what is left out, with its defaults
 * (precision 4, threshold 1000, 3 items from each edge, lines of 80 columns).
 */
import { dtypeInfo, type NDArray } from "@nodemm/ndarray-pm";

const precision = 4;
const threshold = 1000;
const edgeItems = 3;
const lineWidth = 80;

/** A tensor's elements and what is not usual about it. */
export function formatTensor(array: NDArray, requiresGrad: boolean): string {
  const prefix = "tensor(";
  const suffixes: string[] = [];
  const isGone = array.size > 0 && array.storage !== undefined && array.storage.buffer.byteLength === 0;
  if (array.size === 0 && array.ndim !== 1) suffixes.push(`size=(${array.shape.join(", ")})`);
  const isUsual = array.dtype === "float32" || (array.size > 0 && ["int64", "bool"].includes(array.dtype));
  if (!isUsual) suffixes.push(`dtype=${array.dtype}`);
  if (requiresGrad) suffixes.push("requiresGrad=true");
  if (array.storage !== undefined) suffixes.push(isGone ? "gone from its shelf" : "on shelf");
  const text = isGone ? "..." : array.size === 0 ? "[]" : elementsText(array, prefix.length);
  let result = prefix + text;
  let lastLine = result.length - result.lastIndexOf("\n") + 1;
  for (const suffix of suffixes) {
    if (lastLine + suffix.length + 2 > lineWidth) {
      result += `,\n${" ".repeat(prefix.length)}${suffix}`;
      lastLine = prefix.length + suffix.length;
    } else {
      result += `, ${suffix}`;
      lastLine += suffix.length + 2;
    }
  }
  return `${result})`;
}

function elementsText(array: NDArray, indent: number): string {
  const summarise = array.size > threshold;
  const shown = summarise ? edges(array) : array;
  return block(array, indent, summarise, formatterOf(shown));
}

/** The first and last items of each axis: what a print shows, hence what decides its width. */
function edges(array: NDArray): NDArray {
  return array.shape.reduce((part, length, axis) => {
    if (length <= 2 * edgeItems) return part;
    const indices = Array.from({ length: 2 * edgeItems }, (_, at) =>
      at < edgeItems ? at : length - 2 * edgeItems + at,
    );
    const selectors = part.shape.map((_length, each): string | readonly number[] => (each === axis ? indices : ":"));
    return part.select(...selectors);
  }, array);
}

function block(array: NDArray, indent: number, summarise: boolean, format: Formatter): string {
  if (array.ndim === 0) return format.text(array.get());
  if (array.ndim === 1) return row(array, indent, summarise, format);
  const child = (at: number): string => block(array.slice(at), indent + 1, summarise, format);
  const [length] = array.shape;
  const isLong = summarise && length > 2 * edgeItems;
  const upTo = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, at) => child(from + at));
  const parts = isLong ? [...upTo(0, edgeItems), "...", ...upTo(length - edgeItems, length)] : upTo(0, length);
  return `[${parts.join(`,${"\n".repeat(array.ndim - 1)}${" ".repeat(indent + 1)}`)}]`;
}

function row(array: NDArray, indent: number, summarise: boolean, format: Formatter): string {
  const [length] = array.shape;
  const perLine = Math.max(1, Math.floor((lineWidth - indent) / (format.width + 2)));
  const upTo = (from: number, to: number): string[] =>
    Array.from({ length: to - from }, (_, at) => format.text(array.get(from + at)));
  const isLong = summarise && length > 2 * edgeItems;
  const items = isLong ? [...upTo(0, edgeItems), " ...", ...upTo(length - edgeItems, length)] : upTo(0, length);
  const lines: string[] = [];
  for (let at = 0; at < items.length; at += perLine) lines.push(items.slice(at, at + perLine).join(", "));
  return `[${lines.join(`,\n${" ".repeat(indent + 1)}`)}]`;
}

interface Formatter {
  readonly width: number;
  text(value: unknown): string;
}

function formatterOf(shown: NDArray): Formatter {
  const values = [...flatten(shown.toArray())];
  if (dtypeInfo(shown.dtype).kind !== "f") {
    const bare = (value: unknown): string =>
      typeof value === "boolean"
        ? value
          ? "True"
          : "False"
        : typeof value === "object"
          ? pair(value)
          : `${value as bigint}`;
    const width = Math.max(...values.map((value) => bare(value).length));
    return { width, text: (value) => bare(value).padStart(width) };
  }
  // What is zero or not finite takes the width that the others leave it.
  const finite = (values as number[]).filter((value) => Number.isFinite(value) && value !== 0);
  const text = floatStyle(finite);
  const width = Math.max(1, ...finite.map((value) => text(value).length));
  return { width, text: (value) => text(value as number).padStart(width) };
}

function* flatten(nested: unknown): Generator {
  if (Array.isArray(nested)) for (const item of nested) yield* flatten(item);
  else yield nested;
}

/** How all elements are written, from those that are finite and not zero. */
function floatStyle(finite: readonly number[]): (value: number) => string {
  const sizes = finite.map(Math.abs);
  const [smallest, largest] = [Math.min(...sizes), Math.max(...sizes)];
  const isWhole = finite.every((value) => Number.isInteger(value));
  const isWide = finite.length > 0 && (largest / smallest > 1000 || largest > 1e8);
  const isScientific = isWide || (finite.length > 0 && !isWhole && smallest < 1e-4);
  return (value) => {
    if (Number.isNaN(value)) return "nan";
    if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
    const sign = value < 0 || Object.is(value, -0) ? "-" : "";
    const size = Math.abs(value);
    if (isScientific) return sign + scientific(size);
    return sign + (isWhole ? `${fixed(size, 0)}.` : fixed(size, precision));
  };
}

/** Digits that tell an exact half from what is near one. */
const guardDigits = 30;

/** `toFixed` rounds exact halves up, C's printf to even. */
function fixed(value: number, digits: number): string {
  return halfEven(value.toFixed(digits), value.toFixed(digits + guardDigits));
}

/** Python's `{:.4e}`: at least two digits of exponent. */
function scientific(value: number): string {
  const [digits, exponent] = value.toExponential(precision).split("e");
  const [longer] = value.toExponential(precision + guardDigits).split("e");
  return `${halfEven(digits, longer)}e${exponent[0]}${exponent.slice(1).padStart(2, "0")}`;
}

/** `rounded`, or, where the digits that it lost are exactly a half, the even one of its neighbours. */
function halfEven(rounded: string, longer: string): string {
  const cut = longer.slice(0, longer.length - guardDigits);
  const isHalf = /^50*$/u.test(longer.slice(-guardDigits));
  return isHalf && Number(cut.replace(".", "").at(-1)) % 2 === 0 ? cut.replace(/\.$/u, "") : rounded;
}

function pair(value: object | null): string {
  const { re, im } = value as { readonly re: number; readonly im: number };
  return `${re.toFixed(precision)}${im < 0 ? "-" : "+"}${Math.abs(im).toFixed(precision)}j`;
}
