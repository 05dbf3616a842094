/**
 * The leaves of a checkpoint's tree that have elements. Codecs of the shelf know what they are: what a codec would keep in
 * the catalog goes into the checkpoint's record, its extent is one of the checkpoint's data variables.
 */
import { ndarrayCodec } from "@nodemm/ndarray-pm";
import { type Codec, ShelfError, type Sink, type Stored, typedArrayCodec } from "@nodemm/shelf";
import { tensorCodec } from "../codec.ts";

/** What a leaf is, beside its bytes. */
export interface LeafForm {
  /** Of its codec. */
  readonly type: string;
  readonly meta: Uint8Array;
  readonly byteLength: number;
}

const codecs = [tensorCodec, ndarrayCodec, typedArrayCodec] as readonly Codec[];

/** What is stored of a leaf. */
export interface LeafContent {
  readonly form: LeafForm;
  /** The bytes in the order in which they are stored: the leaf's own where they lie so, else a copy in DRAM. */
  readonly bytes: Uint8Array;
  /** Whether they are the leaf's own. */
  readonly isOwn: boolean;
}

/**
 * Contents of tensors and n-d arrays, whose form never changes: a loop saves the same ones over and over. With no bytes
 * where they must be asked for each time. No two leaves have one form object.
 */
const knownContents = new WeakMap<object, LeafContent>();
const noBytes = new Uint8Array(0);

/** Which codec a leaf belongs to; undefined for what is no leaf. */
export function codecOf(value: unknown): Codec | undefined {
  return codecs.find((codec) => codec.accepts(value));
}

export function contentOf(value: object, codec: Codec): LeafContent {
  const known = knownContentOf(value);
  if (known !== undefined) return known;
  const form = knownContents.get(value)?.form ?? formOf(value, codec);
  const sink = new CapturingSink(form.byteLength);
  if (form.byteLength > 0) codec.write(value, sink);
  // The length of a typed array may change with its buffer's.
  const { bytes, isOwn } = sink;
  if (codec !== typedArrayCodec) knownContents.set(value, { form, bytes: isOwn ? bytes : noBytes, isOwn });
  return { form, bytes, isOwn };
}

/** The content of a leaf that was saved before and has its bytes still; undefined for anything else. */
export function knownContentOf(value: unknown): LeafContent | undefined {
  const known = typeof value === "object" && value !== null ? knownContents.get(value) : undefined;
  return known !== undefined && known.bytes.length === known.form.byteLength ? known : undefined;
}

function formOf(value: object, codec: Codec): LeafForm {
  const { meta, byteLength } = codec.plan(value);
  return { type: codec.type, meta, byteLength };
}

/** A {@link Stored} that is told of the buffer over its bytes. */
interface MappedStored extends Stored {
  onMap(buffer: ArrayBuffer): void;
}

/**
 * A leaf over stored bytes. `onMap` is told of their buffer once there is one: of a tensor, at its first use.
 * @throws ShelfError `ERR_SHELF_CORRUPT` if form and bytes do not go together
 */
export function openLeaf(type: string, stored: MappedStored): unknown {
  for (const codec of codecs) {
    if (codec.type !== type) continue;
    const leaf = codec.open(stored);
    if (codec !== tensorCodec) stored.onMap(stored.storage().buffer);
    return leaf;
  }
  const { name } = stored;
  throw new ShelfError("ERR_SHELF_TYPE", `"${name}" is of type "${type}", which this version does not know`, {
    variable: name,
  });
}

/** Takes what a codec writes: without a copy where that is one piece of memory. */
class CapturingSink implements Sink {
  readonly byteLength: number;
  #bytes: Uint8Array | undefined;
  #isOwn = false;

  constructor(byteLength: number) {
    this.byteLength = byteLength;
  }

  /** Whether {@link bytes} are the leaf's own. */
  get isOwn(): boolean {
    return this.#isOwn;
  }

  get bytes(): Uint8Array {
    return (this.#bytes ??= new Uint8Array(this.byteLength));
  }

  get buffer(): ArrayBuffer {
    return this.bytes.buffer as ArrayBuffer;
  }

  copy(byteOffset: number, source: ArrayBufferView): void {
    const piece = new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
    if (byteOffset === 0 && piece.length === this.byteLength && this.#bytes === undefined) {
      this.#bytes = piece;
      this.#isOwn = true;
    } else {
      this.bytes.set(piece, byteOffset);
    }
  }

  fill(byteOffset: number, byteLength: number, byte: number): void {
    this.bytes.fill(byte, byteOffset, byteOffset + byteLength);
  }
}
