import { sizeOf } from "./shape.ts";
import { isContiguousC, isContiguousF, type Layout } from "./view.ts";

/**
 * A layout in parts along its first axes, in C order: each of at most `elements`, or without gaps. With `order` C, parts
 * without gaps are those that are contiguous in C order.
 */
export function* pieces(layout: Layout, elements: number, order: "any" | "C" = "any"): Generator<Layout> {
  const { shape, stride, offset } = layout;
  const size = sizeOf(shape);
  const isWhole = isContiguousC(layout) || (order === "any" && isContiguousF(layout));
  if (shape.length === 0 || size <= elements || isWhole) {
    yield layout;
    return;
  }
  const rows = Math.max(1, Math.floor(elements / (size / shape[0])));
  for (let row = 0; row < shape[0]; row += rows) {
    const count = Math.min(rows, shape[0] - row);
    const place = offset + row * stride[0];
    if (count > 1) yield* pieces({ shape: [count, ...shape.slice(1)], stride, offset: place }, elements, order);
    else yield* pieces({ shape: shape.slice(1), stride: stride.slice(1), offset: place }, elements, order);
  }
}
