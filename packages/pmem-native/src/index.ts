export type {
  Advice,
  AsyncOptions,
  Copy,
  CopyJob,
  Durability,
  FaultListener,
  Granularity,
  Ranges,
  Region,
} from "./region.ts";
export { checkAdvice } from "./advice.ts";
export { checkAsyncSource, checkSignal } from "./async-options.ts";
export { checkCopies, copyPiecewise, type CheckedCopy } from "./copy-claims.ts";
export { PmemError, type PmemErrorCode } from "./errors.ts";
export { checkRange, checkRanges } from "./range.ts";
export { persistRecordAsyncInParts, persistRecordInParts } from "./record.ts";
export { checkFaultListener } from "./fault-listeners.ts";
export { refuseSharedView } from "./shared-views.ts";
export { clearDevice, clearDeviceAsync } from "./clear-device.ts";
export { mapFile, mapFileAsync, type Instructions, type MapFileOptions, type MappedFile } from "./map-file.ts";
export { mapDescriptor, mapDescriptorAsync, type MapDescriptorOptions } from "./map-descriptor.ts";
export type { Marks } from "./marks.ts";
export { mapMemory, mapMemoryAsync, type MapMemoryOptions } from "./map-memory.ts";
export type { ByteRange, MediaFact } from "./media.ts";
export { checkOptions, type MapOptions } from "./options.ts";
export { formatSize, parseSize } from "./size.ts";
export type { PersistenceDomain, SourceKind } from "./source.ts";
