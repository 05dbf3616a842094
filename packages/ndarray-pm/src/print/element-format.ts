import { type DType, dtypeInfo } from "../dtype.ts";
import { isComplex, type Scalar } from "../scalar.ts";
import { floatFormat, type FloatStyle, type Format, greatest, scalarText } from "./float-format.ts";

/** What writes the elements of an array in columns, as wide as `values` need. */
export function elementFormat(values: readonly Scalar[], dtype: DType, style: FloatStyle): Format<Scalar> {
  switch (dtypeInfo(dtype).kind) {
    case "b":
      return (value) => (value === false ? "False" : " True");
    case "f":
      return floatFormat(values as readonly number[], dtype, style) as Format<Scalar>;
    case "c":
      return complexFormat(values, dtype, style);
    default: {
      const width = greatest(values, (value) => integerText(value).length);
      return (value) => integerText(value).padStart(width);
    }
  }
}

function integerText(value: Scalar): string {
  return (value as number | bigint).toString();
}

function complexFormat(values: readonly Scalar[], dtype: DType, style: FloatStyle): Format<Scalar> {
  const pairs = values.filter(isComplex);
  const real = floatFormat(
    pairs.map(({ re }) => re),
    dtype,
    style,
  );
  const imaginary = floatFormat(
    pairs.map(({ im }) => im),
    dtype,
    { ...style, plus: true },
  );
  return (value) => {
    if (!isComplex(value)) return "";
    const text = imaginary(value.im);
    const end = text.trimEnd().length;
    // The letter stands before the spaces that align the column.
    return `${real(value.re)}${text.slice(0, end)}j${text.slice(end)}`;
  };
}

/** The only element of an array of no axes, as `str` of NumPy's scalar. */
export function scalarElementText(value: Scalar, dtype: DType): string {
  if (isComplex(value)) {
    const im = scalarText(value.im, dtype, false);
    if (value.re === 0 && !Object.is(value.re, -0)) return `${im}j`;
    return `(${scalarText(value.re, dtype, false)}${im.startsWith("-") ? "" : "+"}${im}j)`;
  }
  if (typeof value === "boolean") return value ? "True" : "False";
  return dtypeInfo(dtype).kind === "f" ? scalarText(value as number, dtype) : integerText(value);
}
