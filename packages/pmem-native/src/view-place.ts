/**
 * Where a view's bytes lie, as the runtime itself knows it. Classes and objects may define these properties anew, and what
 * a thread of the pool reads must not rest on what a caller's own code answers.
 */
import { isArrayBuffer, isDataView } from "node:util/types";

interface ViewPlace {
  readonly buffer: ArrayBufferLike;
  readonly byteOffset: number;
  readonly byteLength: number;
}

type Accessors<Names extends string> = Readonly<Record<Names, { readonly get: () => unknown }>>;

const ofTypedArray = accessorsOf<keyof ViewPlace>(Object.getPrototypeOf(Uint8Array.prototype) as object);
const ofDataView = accessorsOf<keyof ViewPlace>(DataView.prototype);
/** Without `resizable` where no buffer can be resized. */
const ofArrayBuffer: Partial<Accessors<"resizable">> = accessorsOf<"resizable">(ArrayBuffer.prototype);

function accessorsOf<Names extends string>(prototype: object): Accessors<Names> {
  return Object.getOwnPropertyDescriptors(prototype) as unknown as Accessors<Names>;
}

export function placeOf(view: ArrayBufferView): ViewPlace {
  const { buffer, byteOffset, byteLength } = isDataView(view) ? ofDataView : ofTypedArray;
  return {
    buffer: Reflect.apply(buffer.get, view, []) as ArrayBufferLike,
    byteOffset: Reflect.apply(byteOffset.get, view, []) as number,
    byteLength: Reflect.apply(byteLength.get, view, []) as number,
  };
}

/** Whether a buffer may become shorter, and lose its memory so. */
export function isResizable(buffer: ArrayBufferLike): boolean {
  const { resizable } = ofArrayBuffer;
  return resizable !== undefined && isArrayBuffer(buffer) && Reflect.apply(resizable.get, buffer, []) === true;
}
