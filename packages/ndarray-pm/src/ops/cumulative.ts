import { type DType, isHalf } from "../dtype.ts";
import { allocateView } from "../make-array.ts";
import { atomically } from "../runs.ts";
import { type View, withLayout } from "../view.ts";
import { checkOut } from "./apply.ts";
import { planBinary } from "./binary.ts";
import { copyElements } from "./convert.ts";
import { evaluateBinary } from "./evaluate.ts";
import { detangle } from "./operand.ts";
import { totalDType } from "./reduce.ts";

/**
 * Running sums or products along an axis, in order, with the dtypes of sums. `out` may be the source itself; its dtype is
 * then the one that is added in, as long as it holds what is added.
 */
export function accumulate(
  operation: "add" | "multiply",
  source: View,
  axis: number,
  options: { readonly out?: View | undefined; readonly dtype?: DType | undefined },
): View {
  const name = operation === "add" ? "cumsum" : "cumprod";
  const dtype = options.dtype ?? (options.out === undefined ? totalDType(source.dtype) : options.out.dtype);
  const result =
    options.out === undefined
      ? allocateView(source.shape, dtype)
      : checkOut(name, options.out, options.dtype ?? source.dtype, source.shape);
  if (result.shape.join() !== source.shape.join()) {
    throw new RangeError(
      `${name}: expected out of shape [${source.shape.join(", ")}], found [${result.shape.join(", ")}]`,
    );
  }
  const from = detangle(result, source);
  const write = (): void => {
    copyElements(result, from);
    scan(operation, result, axis);
  };
  if (options.out === undefined) write();
  else atomically(result, write);
  return result;
}

/** Each element becomes the total of those up to it. */
function scan(operation: "add" | "multiply", view: View, axis: number): void {
  const length = view.shape[axis];
  if (length < 2) return;
  // bool adds as "or": totals of it have another dtype.
  const { loop, types } = planBinary(operation, view.dtype, view.dtype);
  const shape = view.shape.map((own, at) => (at === axis ? own - 1 : own));
  const head = withLayout(view, { shape, stride: view.stride, offset: view.offset });
  const tail = withLayout(head, { shape, stride: view.stride, offset: view.offset + view.stride[axis] });
  // The loops walk each axis upwards, so that every element finds the total of those before it.
  if (isHalf(view.dtype)) return scanConverted(operation, view, axis);
  evaluateBinary(loop, types, tail, head, tail);
}

/** Half precision adds in float32 and rounds each total, one slice after another. */
function scanConverted(operation: "add" | "multiply", view: View, axis: number): void {
  const { loop, types } = planBinary(operation, view.dtype, view.dtype);
  const shape = view.shape.map((own, at) => (at === axis ? 1 : own));
  for (let place = 1; place < view.shape[axis]; place++) {
    const at = view.offset + place * view.stride[axis];
    const before = withLayout(view, { shape, stride: view.stride, offset: at - view.stride[axis] });
    const here = withLayout(before, { shape, stride: view.stride, offset: at });
    evaluateBinary(loop, types, here, before, here);
  }
}
