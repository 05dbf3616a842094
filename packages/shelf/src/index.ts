export type { Codec, Plan, Sink, Storage, Stored } from "./codecs/codec.ts";
export { ShelfError, type ShelfErrorCode, type ShelfErrorDetails } from "./errors.ts";
export { openShelf, type OpenShelfOptions } from "./open-shelf.ts";
export { Shelf, type ShelfUsage, type VariableInfo } from "./shelf.ts";
