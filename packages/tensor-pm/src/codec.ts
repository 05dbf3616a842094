import { dtypeInfo, ndarrayCodec, openArrayUnmapped } from "@nodemm/ndarray-pm";
import { type Codec, type Plan, ShelfError, type Stored } from "@nodemm/shelf";
import { Tensor } from "./tensor.ts";

/**
 * What a tensor's catalog record remembers: an array's record (see ndarray-pm) behind a header of its own.
 *
 *     0  u8   version of this layout: 1
 *     1  u8   flags: bit 0 requiresGrad
 *     2  u16  reserved, 0
 *     4  u32  reserved, 0
 *     8       the array's record
 *
 * The extent is the array's.
 */
const version = 1;
const headerLength = 8;
const requiresGradFlag = 1;

function plan(tensor: Tensor): Plan {
  const inner = ndarrayCodec.plan(tensor.array);
  const meta = new Uint8Array(headerLength + inner.meta.length);
  meta[0] = version;
  meta[1] = tensor.requiresGrad ? requiresGradFlag : 0;
  meta.set(inner.meta, headerLength);
  return { ...inner, meta };
}

function open(stored: Stored): Tensor {
  const { meta, name } = stored;
  const flags = meta[1] ?? 0;
  if (meta.length < headerLength || meta[0] !== version || flags > requiresGradFlag || !isReservedZero(meta)) {
    throw corrupt(name, `its record starts with [${[...meta.subarray(0, headerLength)].join(", ")}]`);
  }
  const array = openArrayUnmapped(stored, headerLength);
  const requiresGrad = flags === requiresGradFlag;
  if (requiresGrad && dtypeInfo(array.dtype).kind !== "f")
    throw corrupt(name, `it asks for gradients of ${array.dtype}`);
  return new Tensor(array, { requiresGrad });
}

function isReservedZero(meta: Uint8Array): boolean {
  for (let at = 2; at < headerLength; at++) if (meta[at] !== 0) return false;
  return true;
}

function corrupt(variable: string, found: string): ShelfError {
  const advice = "restore it from a copy or erase it";
  return new ShelfError("ERR_SHELF_CORRUPT", `Tensor "${variable}" is damaged: ${found}; ${advice}`, {
    structure: "tensor meta",
    variable,
  });
}

/**
 * How tensors live on a shelf: `openShelf(path, { types: [tensorCodec, ndarrayCodec] })`. Assigning copies the elements
 * (those of `tensor({ shape })` are made in place); `get` gives a tensor over the shelf's own bytes.
 */
export const tensorCodec: Codec<Tensor> = {
  type: "tensor",
  shareable: true,
  accepts: (value) => value instanceof Tensor,
  plan,
  write: (tensor, sink) => ndarrayCodec.write(tensor.array, sink),
  open,
};
