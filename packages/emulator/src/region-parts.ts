import { persistRecordAsyncInParts, type AsyncOptions, type Region } from "@nodemm/pmem-native";
import { checkCrc } from "./checks.ts";
import { RegionFacts } from "./region-facts.ts";

/** Verbs that a region over another one does as others of its own, so that what stands over it sees each. */
export class RegionParts<Inner extends Region = Region> extends RegionFacts<Inner> {
  copyWithinCrc32c(this: Region, target: number, source: number, length: number, initial = 0): number {
    if (!this.closed) checkCrc(initial);
    this.copyWithin(target, source, length);
    // Of the copy: another thread may be storing into the source.
    return this.crc32c(target, length, initial);
  }

  async copyWithinCrc32cAsync(
    this: Region,
    target: number,
    source: number,
    length: number,
    initial = 0,
    options?: AsyncOptions,
  ): Promise<number> {
    if (!this.closed) checkCrc(initial);
    await this.copyWithinAsync(target, source, length, options);
    return this.crc32cAsync(target, length, initial, options);
  }

  async persistRecordAsync(this: Region, ...given: Parameters<Region["persistRecordAsync"]>): Promise<void> {
    await persistRecordAsyncInParts(this, given);
  }
}
