import { ndarrayCodec } from "@nodemm/ndarray-pm";
import type { Codec } from "@nodemm/shelf";
import { checkpointCodec, checkpointDataCodec } from "./checkpoint/codecs.ts";
import { tensorCodec } from "./codec.ts";

/** Everything that this package keeps on a shelf, and n-d arrays: `openShelf(path, { types: tensorTypes })`. */
export const tensorTypes: readonly Codec[] = [
  tensorCodec,
  ndarrayCodec,
  checkpointCodec,
  checkpointDataCodec,
] as readonly Codec[];
