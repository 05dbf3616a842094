import { type DType, type DTypeInfo, type DTypeKind, dtypeInfo, isHalf } from "./dtype.ts";

const kindRank: Readonly<Record<DTypeKind, number>> = { b: 0, u: 1, i: 2, f: 3, c: 4 };

/**
 * The smallest dtype that holds every value of both, by NumPy's `result_type` for arrays; for bfloat16, by that of
 * `ml_dtypes`.
 */
export function resultType(a: DType, b: DType): DType {
  if (a === b) return a;
  const [low, high] = kindRank[dtypeInfo(a).kind] <= kindRank[dtypeInfo(b).kind] ? [a, b] : [b, a];
  const lower = dtypeInfo(low);
  const upper = dtypeInfo(high);
  if (lower.kind === "b") return high;
  // bfloat16 and float16: neither holds the other.
  if (isHalf(a) && isHalf(b)) return "float32";
  if (lower.kind === upper.kind) return lower.itemsize > upper.itemsize ? low : high;
  if (upper.kind === "c") return floatFor(lower) === "float64" ? "complex128" : high;
  if (upper.kind === "f") {
    const needed = floatFor(lower);
    return dtypeInfo(needed).itemsize > upper.itemsize ? needed : high;
  }
  return signedWith(lower, upper);
}

/** The dtype that holds every value of all, by NumPy's rule for more than two: the widest kinds come first. */
export function resultTypeOf(dtypes: readonly DType[]): DType {
  return dtypes.toSorted((a, b) => kindRank[dtypeInfo(b).kind] - kindRank[dtypeInfo(a).kind]).reduce(resultType);
}

/** The smallest floating-point dtype that holds every value of a real dtype, or comes near for 64-bit integers. */
export function floatFor(info: DTypeInfo): DType {
  if (info.kind === "f") return info.name;
  if (info.itemsize === 1) return "float16";
  return info.itemsize === 2 ? "float32" : "float64";
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

/** NumPy's rules of what may become what: the same dtype, any value kept, the kind kept, or anything. */
export type CastingRule = "no" | "safe" | "same_kind" | "unsafe";

/**
 * Whether elements of one dtype may be stored as another under a rule, as NumPy's `can_cast`; `safe` if none is given.
 * @throws TypeError if a dtype or the rule is none
 */
export function canCast(from: DType, to: DType, casting: CastingRule = "safe"): boolean {
  const source = dtypeInfo(from);
  const target = dtypeInfo(to);
  switch (casting) {
    case "no":
      return from === to;
    case "safe":
      return from === to || (kindRank[source.kind] <= kindRank[target.kind] && resultType(from, to) === to);
    case "same_kind":
      return canCastSameKind(from, to);
    case "unsafe":
      return true;
    default:
      throw new TypeError(`Expected casting "no", "safe", "same_kind" or "unsafe", found ${String(casting)}`);
  }
}
