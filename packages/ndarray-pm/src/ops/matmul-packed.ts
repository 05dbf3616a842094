import type { Matrix } from "../matrix.ts";
import type { View } from "../view.ts";

/** Rows and columns of a tile: sixteen sums, as many as there are registers for. */
const tile = 4;
/**
 * Depth of a panel, rows of the left one, columns of the right one: 256 KiB and 2 MiB of float64, for L2 and L3. The addon
 * (`native/core/matmul.cc`) has the same depth, after which sums are rounded to the dtype of the result.
 */
const depthMax = 256;
const rowsMax = 128;
const columnsMax = 1024;

type Numbers = Float64Array | Float32Array;

/** Copies a block into strips of four rows, column by column; what is missing at the edge is 0. */
function pack(
  panel: Float64Array,
  data: View["data"],
  at: number,
  down: number,
  right: number,
  rows: number,
  depth: number,
): void {
  const source = data as Numbers;
  let to = 0;
  for (let row = 0; row < rows; row += tile) {
    const inside = Math.min(tile, rows - row);
    for (let k = 0; k < depth; k++) {
      let from = at + row * down + k * right;
      for (let r = 0; r < tile; r++, from += down) panel[to++] = r < inside ? source[from] : 0;
    }
  }
}

/** Adds the product of a strip of four rows and a strip of four columns to `sums`, row by row. */
function multiplyTile(sums: Float64Array, a: Float64Array, i: number, b: Float64Array, j: number, depth: number): void {
  let [s00, s01, s02, s03] = [0, 0, 0, 0];
  let [s10, s11, s12, s13] = [0, 0, 0, 0];
  let [s20, s21, s22, s23] = [0, 0, 0, 0];
  let [s30, s31, s32, s33] = [0, 0, 0, 0];
  for (let k = 0; k < depth; k++, i += 4, j += 4) {
    const b0 = b[j];
    const b1 = b[j + 1];
    const b2 = b[j + 2];
    const b3 = b[j + 3];
    const a0 = a[i];
    s00 += a0 * b0;
    s01 += a0 * b1;
    s02 += a0 * b2;
    s03 += a0 * b3;
    const a1 = a[i + 1];
    s10 += a1 * b0;
    s11 += a1 * b1;
    s12 += a1 * b2;
    s13 += a1 * b3;
    const a2 = a[i + 2];
    s20 += a2 * b0;
    s21 += a2 * b1;
    s22 += a2 * b2;
    s23 += a2 * b3;
    const a3 = a[i + 3];
    s30 += a3 * b0;
    s31 += a3 * b1;
    s32 += a3 * b2;
    s33 += a3 * b3;
  }
  sums[0] = s00;
  sums[1] = s01;
  sums[2] = s02;
  sums[3] = s03;
  sums[4] = s10;
  sums[5] = s11;
  sums[6] = s12;
  sums[7] = s13;
  sums[8] = s20;
  sums[9] = s21;
  sums[10] = s22;
  sums[11] = s23;
  sums[12] = s30;
  sums[13] = s31;
  sums[14] = s32;
  sums[15] = s33;
}

function roundUp(count: number): number {
  return Math.ceil(count / tile) * tile;
}

/**
 * `out += a x b`, of numbers in any strides. The sums of each panel are float64 whatever the dtypes; between panels they
 * are what `out` holds.
 */
export function multiplyPacked(out: Matrix, a: Matrix, b: Matrix): void {
  const depthLimit = Math.min(depthMax, a.columns);
  const left = new Float64Array(roundUp(Math.min(rowsMax, a.rows)) * depthLimit);
  const right = new Float64Array(roundUp(Math.min(columnsMax, b.columns)) * depthLimit);
  const sums = new Float64Array(tile * tile);
  for (let column = 0; column < b.columns; column += columnsMax) {
    const columns = Math.min(columnsMax, b.columns - column);
    for (let k = 0; k < a.columns; k += depthMax) {
      const depth = Math.min(depthMax, a.columns - k);
      pack(right, b.data, b.offset + k * b.down + column * b.right, b.right, b.down, columns, depth);
      for (let row = 0; row < a.rows; row += rowsMax) {
        const rows = Math.min(rowsMax, a.rows - row);
        pack(left, a.data, a.offset + row * a.down + k * a.right, a.down, a.right, rows, depth);
        for (let c = 0; c < columns; c += tile) {
          for (let r = 0; r < rows; r += tile) {
            multiplyTile(sums, left, r * depth, right, c * depth, depth);
            addTile(out, row + r, column + c, sums);
          }
        }
      }
    }
  }
}

function addTile(
  { data, offset, rows, columns, down, right }: Matrix,
  row: number,
  column: number,
  sums: Float64Array,
): void {
  const target = data as Numbers;
  const height = Math.min(tile, rows - row);
  const width = Math.min(tile, columns - column);
  for (let r = 0; r < height; r++) {
    for (let c = 0; c < width; c++) {
      target[offset + (row + r) * down + (column + c) * right] += sums[r * tile + c];
    }
  }
}
