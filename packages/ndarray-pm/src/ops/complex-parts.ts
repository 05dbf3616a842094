import type { View } from "../view.ts";

/** The real or the imaginary parts of a complex view, as a view of real numbers that shares them. */
export function partOf(view: View, which: "real" | "imag"): View<"float32" | "float64"> {
  return {
    data: view.data as Float64Array,
    dtype: view.dtype === "complex64" ? "float32" : "float64",
    shape: view.shape,
    stride: view.stride.map((step) => 2 * step),
    offset: 2 * view.offset + (which === "imag" ? 1 : 0),
    storage: view.storage,
    isNonatomic: view.isNonatomic,
  };
}
