import type { View } from "./view.ts";

/** A matrix: two axes of a typed array. */
export interface Matrix {
  readonly data: View["data"];
  readonly offset: number;
  readonly rows: number;
  readonly columns: number;
  /** Distance between rows, and between columns, in elements. */
  readonly down: number;
  readonly right: number;
}
