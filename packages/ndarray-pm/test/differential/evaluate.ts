/** Evaluates an expression with this package: the counterpart of oracle.py. */
import * as np from "../../src/index.ts";
import { type ArrayOperand, type Expression, type OperandForm, type Step } from "./expressions.ts";

type AnyArray = np.NDArray<any>;

/** The functions by their names. */
const library: Readonly<Record<string, any>> = { ...np };

function keyOf(item: unknown): unknown {
  if (item === null) return null;
  return Array.isArray(item) ? item : item;
}

function viewOf(array: AnyArray, [name, ...parameters]: Step): AnyArray {
  if (name === "slice") return array.slice(...((parameters[0] as unknown[]).map(keyOf) as np.Slice[]));
  if (name === "flip") return array.flip(...(parameters[0] as number[]));
  return (array as any)[name](...parameters);
}

export function buildArray({ dtype, shape, order, bytes, views }: ArrayOperand): AnyArray {
  const array: AnyArray = np.zeros(shape, dtype, { order });
  const source = Buffer.from(bytes, "base64");
  new Uint8Array(array.data.buffer, array.data.byteOffset, array.data.byteLength).set(source);
  return views.reduce(viewOf, array);
}

function build(operand: OperandForm): any {
  if (!("scalar" in operand)) return buildArray(operand);
  const [kind, content] = operand.scalar;
  if (kind === "complex") return np.complex(...(content as [number, number]));
  return kind === "bool" ? content : Number(content);
}

function selectorOf(item: any): any {
  if (item === null || typeof item === "number") return item;
  // Slices are written as text here, because arrays are indices.
  return Array.isArray(item) ? item.map((part) => part ?? "").join(":") : buildArray(item);
}

/** The result as an array; a reduction to one value comes back in its own dtype. */
export function evaluate({ name, inputs, options = {} }: Expression): AnyArray {
  const [x, y, z, w] = inputs.map(build);
  const { axis, keepdims, ddof } = options;
  switch (name) {
    case "sum":
    case "prod":
    case "mean":
    case "var":
    case "std":
    case "min":
    case "max":
    case "any":
    case "all":
    case "norm":
      return x[name](axis ?? null, { keepdims, ddof });
    case "argmin":
    case "argmax":
      return axis === undefined ? np.array(x[name](), "int32") : x[name](axis, { keepdims });
    case "cumsum":
    case "cumprod":
      return library[name](x, axis ?? null);
    case "sort":
    case "argsort":
      return library[name](x, axis);
    case "takeAlongAxis":
      return np.takeAlongAxis(x, np.argsort(x, axis), axis);
    case "astype":
      return x.astype(options["dtype"]);
    case "copy":
      return x.copy();
    case "select":
      return x.select(...options["selectors"].map(selectorOf));
    case "assignSelected":
      return x.assignSelected(options["selectors"].map(selectorOf), y);
    case "take":
      return np.take(x, options["indices"], axis);
    case "putmask":
      return x.putmask(z, y);
    case "where":
      return np.where(x, y, z);
    case "clip":
      return np.clip(x, y, z);
    case "concatenate":
    case "stack":
      return library[name](inputs.map(build), axis);
    case "inPlace": {
      const part = (options["views"] as Step[]).reduce(viewOf, x as AnyArray);
      library[options["operation"]](part, y, { out: part });
      return x;
    }
    default:
      if (options["where"] === true) return library[name](x, y, { where: z, out: w });
      return inputs.length === 1 ? library[name](x) : library[name](x, y);
  }
}
