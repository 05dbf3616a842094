import { NDArray } from "@nodemm/ndarray-pm";
import { Tensor } from "../../src/index.ts";

/** A tree as plain values, to compare. */
export function plain(tree: any): any {
  if (tree instanceof Tensor) return { tensor: tree.toArray(), dtype: tree.dtype, requiresGrad: tree.requiresGrad };
  if (NDArray.isNDArray(tree)) return { ndarray: tree.toArray(), dtype: tree.dtype };
  if (tree instanceof Map) return new Map([...tree].map(([key, value]) => [key, plain(value)]));
  if (Array.isArray(tree)) return tree.map(plain);
  if (typeof tree !== "object" || tree === null || ArrayBuffer.isView(tree) || tree instanceof Date) return tree;
  return Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, plain(value)]));
}
