import { type DType, type DTypeInfo, type DTypeKind, dtypeInfo } from "./dtype.ts";

const kindRank: Readonly<Record<DTypeKind, number>> = { b: 0, u: 1, i: 2, f: 3 };

/** The smallest dtype that holds every value of both, by NumPy's `result_type` for arrays. */
export function resultType(a: DType, b: DType): DType {
  if (a === b) return a;
  const [low, high] = kindRank[dtypeInfo(a).kind] <= kindRank[dtypeInfo(b).kind] ? [a, b] : [b, a];
  const lower = dtypeInfo(low);
  const upper = dtypeInfo(high);
  if (lower.kind === "b") return high;
  if (lower.kind === upper.kind) return lower.itemsize > upper.itemsize ? low : high;
  if (upper.kind === "f") return upper.itemsize === 8 || lower.itemsize <= 2 ? high : "float64";
  return signedWith(lower, upper);
}

/** Unsigned with signed: a signed type wider than the unsigned one; for uint64 there is none but float64. */
function signedWith(unsigned: DTypeInfo, signed: DTypeInfo): DType {
  if (signed.itemsize > unsigned.itemsize) return signed.name;
  const wider: Readonly<Record<number, DType>> = { 1: "int16", 2: "int32", 4: "int64", 8: "float64" };
  return wider[unsigned.itemsize];
}

/** Whether NumPy's `same_kind` casting allows `from` to be stored as `to`: no narrower kind, any width. */
export function canCastSameKind(from: DType, to: DType): boolean {
  return kindRank[dtypeInfo(from).kind] <= kindRank[dtypeInfo(to).kind];
}
