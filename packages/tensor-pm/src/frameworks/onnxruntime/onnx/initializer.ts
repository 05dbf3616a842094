/**
 * Initializers, the constants of an ONNX graph that hold a network's weights: `TensorProto` in
 * https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */
import { type DType, dtypeInfo } from "@nodemm/ndarray-pm";
import type { Tensor } from "../../../tensor.ts";
import { type Dense, denseOf, tensorOver } from "../../dense.ts";
import { ModelError } from "../../errors.ts";
import { bytesField, type Field, fieldsOf, numberField, varintsOf } from "./wire.ts";

/** Numbers of `TensorProto.DataType`. */
const dtypeByNumber = new Map<number, DType>([
  [1, "float32"],
  [2, "uint8"],
  [3, "int8"],
  [4, "uint16"],
  [5, "int16"],
  [6, "int32"],
  [7, "int64"],
  [9, "bool"],
  [10, "float16"],
  [11, "float64"],
  [12, "uint32"],
  [13, "uint64"],
]);

/** Numbers of the fields of `TensorProto`. */
const dimsField = 1;
const dataTypeField = 2;
const floatDataField = 4;
const nameField = 8;
const rawDataField = 9;
const doubleDataField = 10;
const externalDataField = 13;
const dataLocationField = 14;

/** Where the elements lie. */
type Source =
  | { readonly kind: "bytes"; readonly pieces: readonly Uint8Array[] }
  | {
      readonly kind: "external";
      readonly location: string;
      readonly offset: number;
      readonly length: number | undefined;
    }
  /** In a form that is left where it is. */
  | { readonly kind: "other" };

export interface Initializer {
  readonly name: string;
  readonly shape: readonly number[];
  /** Undefined for one that no tensor can have. */
  readonly dtype: DType | undefined;
  readonly source: Source;
}

/** @throws ModelError `ERR_MODEL_MALFORMED` */
export function readInitializer(message: Uint8Array): Initializer {
  const shape: number[] = [];
  const external = new Map<string, string>();
  const pieces: Uint8Array[] = [];
  let name = "";
  let dtype: DType | undefined;
  let isExternal = false;
  let hasOther = false;
  for (const field of fieldsOf(message)) {
    const { number, value, content } = field;
    if (number === dimsField) shape.push(...varintsOf(field));
    else if (number === dataTypeField) dtype = dtypeByNumber.get(value);
    else if (number === nameField) name = text(content);
    else if (number === externalDataField) addEntry(external, field);
    else if (number === dataLocationField) isExternal = value === 1;
    else if ([floatDataField, rawDataField, doubleDataField].includes(number)) pieces.push(content);
    else if (number >= 5 && number <= 11) hasOther = true;
  }
  if (hasOther) return { name, shape, dtype, source: { kind: "other" } };
  if (!isExternal) return { name, shape, dtype, source: { kind: "bytes", pieces } };
  const length = external.get("length");
  return {
    name,
    shape,
    dtype,
    source: {
      kind: "external",
      location: external.get("location") ?? "",
      offset: Number(external.get("offset") ?? 0),
      length: length === undefined ? undefined : Number(length),
    },
  };
}

/** `StringStringEntryProto`. */
function addEntry(entries: Map<string, string>, { content }: Field): void {
  const parts = [...fieldsOf(content)];
  const part = (wanted: number): string => text(parts.find(({ number }) => number === wanted)?.content);
  entries.set(part(1), part(2));
}

function text(content: Uint8Array | undefined): string {
  return new TextDecoder().decode(content);
}

/**
 * The elements as a tensor in DRAM.
 * @throws ModelError `ERR_MODEL_MALFORMED`; `ERR_MODEL_UNSUPPORTED` if they lie in a file that was not handed in
 */
export function tensorOf({ name, shape, dtype, source }: Initializer, files: ReadonlyMap<string, Uint8Array>): Tensor {
  const { itemsize, allocate } = dtypeInfo(dtype!);
  const size = shape.reduce((product, length) => product * length, 1);
  const pieces = source.kind === "bytes" ? source.pieces : [externalBytes(name, source, size * itemsize, files)];
  const found = pieces.reduce((sum, piece) => sum + piece.length, 0);
  if (found !== size * itemsize) {
    throw new ModelError(
      "ERR_MODEL_MALFORMED",
      `Initializer "${name}" of shape [${shape.join(", ")}] and dtype ${dtype} has ${found} bytes, ` +
        `expected ${size * itemsize}; export the model again`,
    );
  }
  const data = allocate(size);
  const bytes = new Uint8Array(data.buffer);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return tensorOver({ dtype: dtype!, shape, data });
}

function externalBytes(
  name: string,
  source: Source,
  expected: number,
  files: ReadonlyMap<string, Uint8Array>,
): Uint8Array {
  if (source.kind !== "external") throw new ModelError("ERR_MODEL_UNSUPPORTED", `"${name}" has no elements in bytes`);
  const { location, offset, length } = source;
  const file = files.get(location);
  if (file === undefined) {
    throw new ModelError(
      "ERR_MODEL_UNSUPPORTED",
      `The elements of initializer "${name}" lie in the file "${location}": read it and hand it in as ` +
        `externalData: { "${location}": bytes }`,
    );
  }
  return file.subarray(offset, offset + (length ?? expected));
}

/** An initializer with the elements of a tensor, as pieces of a message; the elements as a view. */
export function writeInitializer(name: string, source: Tensor): Uint8Array[] {
  const { shape, dtype, data } = denseOf(source);
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return [
    ...shape.flatMap((length) => numberField(dimsField, length)),
    ...numberField(dataTypeField, numberOf(dtype)),
    ...bytesField(nameField, name),
    ...bytesField(rawDataField, [bytes]),
  ];
}

/** A graph's input of the same name, shape and dtype (`ValueInfoProto`), as pieces of a message. */
export function writeInput(name: string, { shape, dtype }: Pick<Dense, "shape" | "dtype">): Uint8Array[] {
  const lengths = shape.flatMap((length) => bytesField(1, numberField(1, length)));
  const tensorType = [...numberField(1, numberOf(dtype)), ...bytesField(2, lengths)];
  return [...bytesField(1, name), ...bytesField(2, bytesField(1, tensorType))];
}

function numberOf(dtype: DType): number {
  for (const [number, each] of dtypeByNumber) if (each === dtype) return number;
  throw new TypeError(`ONNX has no dtype ${dtype} that a weight could have`);
}
