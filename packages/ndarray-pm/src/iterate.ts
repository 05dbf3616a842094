/**
 * One row of a loop over several arrays at once: `count` elements, of which operand k's lie at `at[k]`,
 * `at[k] + step[k]`, and so on. Both arrays are the iterator's own: read them, do not keep them.
 */
export type RowVisitor = (count: number, at: readonly number[], step: readonly number[]) => void;

/** An axis that several arrays have in common. */
export interface Axis {
  readonly length: number;
  readonly step: readonly number[];
}

/** Longer rows are visited in pieces, so that loops count in small integers. */
const longestRow: number = 2 ** 28;

/** Rows shorter than this cost more to start than to run. */
const shortRow = 16;

/**
 * Visits every element of arrays of one shape, in rows as long as the strides allow. The order follows the first
 * operand's memory, not the indices. With `rows: "fast"`, the default, a longer row of a wider stride is preferred to
 * very short ones; with `"ascending"`, rows come in the order of the first operand's addresses (strides of 0 or more).
 */
export function forEachRow(
  shape: readonly number[],
  strides: readonly (readonly number[])[],
  offsets: readonly number[],
  visit: RowVisitor,
  rows: "fast" | "ascending" = "fast",
): void {
  if (shape.includes(0)) return;
  const axes = rows === "fast" ? rowAxes(shape, strides) : mergeAxes(shape, strides);
  const inner = axes.pop() ?? { length: 1, step: strides.map(() => 0) };
  const at = [...offsets];
  const index = new Array<number>(axes.length).fill(0);
  for (;;) {
    visitPieces(inner, at, visit);
    let axis = axes.length - 1;
    for (; axis >= 0; axis--) {
      const { length, step } = axes[axis];
      if (++index[axis] < length) {
        for (let operand = 0; operand < at.length; operand++) at[operand] += step[operand];
        break;
      }
      index[axis] = 0;
      for (let operand = 0; operand < at.length; operand++) at[operand] -= step[operand] * (length - 1);
    }
    if (axis < 0) return;
  }
}

function visitPieces({ length, step }: Axis, at: readonly number[], visit: RowVisitor): void {
  if (length <= longestRow) return visit(length, at, step);
  for (let done = 0; done < length; done += longestRow) {
    const count = Math.min(longestRow, length - done);
    visit(
      count,
      at.map((begin, operand) => begin + done * step[operand]),
      step,
    );
  }
}

/** The axes that {@link forEachRow} walks, outermost first; an empty list for a single element. */
export function rowAxes(shape: readonly number[], strides: readonly (readonly number[])[]): Axis[] {
  const axes = mergeAxes(shape, strides);
  lengthenRow(axes);
  return axes;
}

/** The axes longer than 1, outermost first, those merged that all operands walk in one stride. */
function mergeAxes(shape: readonly number[], strides: readonly (readonly number[])[]): Axis[] {
  const axes: Axis[] = [];
  for (let axis = 0; axis < shape.length; axis++) {
    if (shape[axis] !== 1) axes.push({ length: shape[axis], step: strides.map((stride) => stride[axis]) });
  }
  axes.sort((a, b) => Math.abs(b.step[0]) - Math.abs(a.step[0]));
  const merged: Axis[] = [];
  for (const axis of axes) {
    const outer = merged.at(-1);
    if (outer !== undefined && outer.step.every((step, operand) => step === axis.step[operand] * axis.length)) {
      merged[merged.length - 1] = { length: outer.length * axis.length, step: axis.step };
    } else {
      merged.push(axis);
    }
  }
  return merged;
}

/** Makes the longest axis the innermost where the innermost is short. */
function lengthenRow(axes: Axis[]): void {
  const inner = axes.at(-1);
  if (inner === undefined || inner.length >= shortRow) return;
  const longest = axes.reduce((best, axis, place) => (axis.length > axes[best].length ? place : best), 0);
  axes.push(...axes.splice(longest, 1));
}
