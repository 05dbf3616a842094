/**
 * The leaves of a checkpoint's tree that have elements. Codecs of the shelf know what they are: what a codec would keep in
 * the catalog goes into the checkpoint's record, its extent is one of the checkpoint's data variables.
 */
import { ndarrayCodec } from "@nodemm/ndarray-pm";
import { type Codec, ShelfError, type Sink, type Storage, typedArrayCodec } from "@nodemm/shelf";
import { tensorCodec } from "../codec.ts";

/** What a leaf is, beside its bytes. */
export interface LeafForm {
  /** Of its codec. */
  readonly type: string;
  readonly meta: Uint8Array;
  readonly byteLength: number;
}

const codecs = [tensorCodec, ndarrayCodec, typedArrayCodec] as readonly Codec[];

/** Forms of tensors and n-d arrays, which never change them: a loop saves the same ones over and over. */
const knownForms = new WeakMap<object, LeafForm>();

/** Which codec a leaf belongs to; undefined for what is no leaf. */
export function codecOf(value: unknown): Codec | undefined {
  return codecs.find((codec) => codec.accepts(value));
}

export function formOf(value: object, codec: Codec): LeafForm {
  const known = knownForms.get(value);
  if (known !== undefined) return known;
  const { meta, byteLength } = codec.plan(value);
  const form = { type: codec.type, meta, byteLength };
  // The length of a typed array may change with its buffer's.
  if (codec !== typedArrayCodec) knownForms.set(value, form);
  return form;
}

/** The bytes of a leaf in the order in which they are stored: its own where they lie so, else a copy in DRAM. */
export function bytesOf(value: object, codec: Codec, { byteLength }: LeafForm): Uint8Array {
  if (byteLength === 0) return new Uint8Array(0);
  const sink = new CapturingSink(byteLength);
  codec.write(value, sink);
  return sink.bytes;
}

/**
 * A leaf over stored bytes.
 * @throws ShelfError `ERR_SHELF_CORRUPT` if form and bytes do not go together
 */
export function openLeaf(form: LeafForm, name: string, storage: () => Storage): unknown {
  const codec = codecs.find(({ type }) => type === form.type);
  if (codec === undefined) {
    throw new ShelfError("ERR_SHELF_TYPE", `"${name}" is of type "${form.type}", which this version does not know`, {
      variable: name,
    });
  }
  return codec.open({ name, meta: form.meta, byteLength: form.byteLength, storage });
}

/** Takes what a codec writes: without a copy where that is one piece of memory. */
class CapturingSink implements Sink {
  readonly byteLength: number;
  #bytes: Uint8Array | undefined;

  constructor(byteLength: number) {
    this.byteLength = byteLength;
  }

  get bytes(): Uint8Array {
    return (this.#bytes ??= new Uint8Array(this.byteLength));
  }

  get buffer(): ArrayBuffer {
    return this.bytes.buffer as ArrayBuffer;
  }

  copy(byteOffset: number, source: ArrayBufferView): void {
    const piece = new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
    if (byteOffset === 0 && piece.length === this.byteLength && this.#bytes === undefined) this.#bytes = piece;
    else this.bytes.set(piece, byteOffset);
  }

  fill(byteOffset: number, byteLength: number, byte: number): void {
    this.bytes.fill(byte, byteOffset, byteOffset + byteLength);
  }
}
