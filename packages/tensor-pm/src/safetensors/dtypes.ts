import type { DType } from "@nodemm/ndarray-pm";

/** The format's names of dtypes, in the order of the reference implementation: narrow before wide. */
const names = [
  ["BOOL", "bool"],
  ["U8", "uint8"],
  ["I8", "int8"],
  ["I16", "int16"],
  ["U16", "uint16"],
  ["F16", "float16"],
  ["BF16", "bfloat16"],
  ["I32", "int32"],
  ["U32", "uint32"],
  ["F32", "float32"],
  ["C64", "complex64"],
  ["F64", "float64"],
  ["I64", "int64"],
  ["U64", "uint64"],
] as const;

/** A dtype's name in the format. */
export type SafetensorsDType = (typeof names)[number][0];

const dtypes = new Map<string, DType>(names);
const places = new Map<DType, number>(names.map(([, dtype], place) => [dtype, place]));

/** The dtype of a name in the format; undefined if there is none here. */
export function dtypeOf(name: string): DType | undefined {
  return dtypes.get(name);
}

/** The name of a dtype in the format; undefined for complex128. */
export function formatName(dtype: DType): SafetensorsDType | undefined {
  return names[placeOf(dtype)]?.[0];
}

/** The place in the reference implementation's order. */
export function placeOf(dtype: DType): number {
  return places.get(dtype) ?? -1;
}
