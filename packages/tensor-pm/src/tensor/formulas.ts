/** Formulas of several steps, on arrays of one dtype. */
import {
  add,
  divide,
  dtypeInfo,
  floorDivide,
  less,
  lessEqual,
  logicalAnd,
  multiply,
  type NDArray,
  notEqual,
  remainder,
  subtract,
  trunc,
  where,
} from "@nodemm/ndarray-pm";
import type { Formula } from "./elementwise.ts";

/** @throws TypeError unless it is how to round a quotient, or undefined for one that is not rounded */
export function checkRounding(mode: unknown): void {
  if (mode === undefined || mode === "floor" || mode === "trunc") return;
  throw new TypeError(`roundingMode: expected "floor" or "trunc", found ${JSON.stringify(mode)}`);
}

/** `x + alpha * y` or `x - alpha * y`. */
export function scaled(name: "add" | "sub", alpha: number): Formula {
  return (x, y) => (name === "add" ? add : subtract)(x, times(alpha, y));
}

/** @throws TypeError for a fraction of integers */
function times(factor: number, x: NDArray): NDArray {
  const isWhole = "iub".includes(dtypeInfo(x.dtype).kind);
  if (isWhole && !Number.isInteger(factor)) {
    throw new TypeError(`For ${x.dtype}, expected a whole number to multiply by, found ${factor}`);
  }
  return factor === 1 ? x : multiply(x, factor);
}

export function addcmul(value: number): Formula {
  return (x, a, b) => add(x, multiply(times(value, a), b));
}

export function addcdiv(value: number): Formula {
  return (x, a, b) => {
    if ("iub".includes(dtypeInfo(x.dtype).kind)) {
      throw new TypeError("addcdiv divides, which gives fractions: expected floating-point operands, found integers");
    }
    return add(x, divide(times(value, a), b));
  };
}

/** From the nearer end, so that both ends are met exactly. */
export const lerp: Formula = (start, end, weight) => {
  const way = subtract(end, start);
  const fromStart = add(start, multiply(weight, way));
  const fromEnd = subtract(end, multiply(way, subtract(1, weight)));
  return where(less(weight, 0.5), fromStart, fromEnd);
};

/** The quotient towards 0. */
export const truncated: Formula = (x, y) => {
  if (dtypeInfo(x.dtype).kind === "f") return trunc(divide(x, y));
  const down = floorDivide(x, y);
  const isBelow = logicalAnd(notEqual(remainder(x, y), 0), notEqual(less(x, 0), lessEqual(y, 0)));
  return add(down, isBelow.astype(down.dtype));
};
