export type { Durability, Granularity, Ranges, Region } from "./region.ts";
export { PmemError, type PmemErrorCode } from "./errors.ts";
export { checkRange, checkRanges } from "./range.ts";
export { clearDevice } from "./clear-device.ts";
export { mapFile, type Instructions, type MapFileOptions, type MappedFile } from "./map-file.ts";
export { mapDescriptor, type MapDescriptorOptions } from "./map-descriptor.ts";
export { mapMemory, type MapMemoryOptions } from "./map-memory.ts";
export type { MapOptions } from "./options.ts";
export type { PersistenceDomain, SourceKind } from "./source.ts";
