export { type CheckAsyncOptions, type CheckOptions, checkShelf, checkShelfAsync } from "./check/check-shelf.ts";
export type { CheckProgress, CheckReport, Finding, Severity, ShelfFacts, Structure } from "./check/finding.ts";
export type { Codec, Plan, Sink, Storage, Stored } from "./codecs/codec.ts";
export { typedArrayCodec } from "./codecs/typed-array.ts";
export { ShelfError, type ShelfErrorCode, type ShelfErrorDetails } from "./errors.ts";
export type { ShelfInspection, ShelfUsage, VariableInfo } from "./inspect.ts";
export { list, type List, type PersistentList } from "./list.ts";
export { openShelf, type OpenShelfOptions } from "./open-shelf.ts";
export { Shelf, type SetOptions } from "./shelf.ts";
