import { persistRecordAsyncInParts, type AsyncOptions, type Region } from "@nodemm/pmem-native";
import { RegionFacts } from "./region-facts.ts";

/** Verbs that a region over another one does as others of its own, so that what stands over it sees each. */
export class RegionParts<Inner extends Region = Region> extends RegionFacts<Inner> {
  copyWithinCrc32c(this: Region, target: number, source: number, length: number, initial?: number): number {
    const sum = this.crc32c(source, length, initial);
    this.copyWithin(target, source, length);
    return sum;
  }

  async copyWithinCrc32cAsync(
    this: Region,
    target: number,
    source: number,
    length: number,
    initial?: number,
    options?: AsyncOptions,
  ): Promise<number> {
    const sum = await this.crc32cAsync(source, length, initial, options);
    await this.copyWithinAsync(target, source, length, options);
    return sum;
  }

  async persistRecordAsync(this: Region, ...given: Parameters<Region["persistRecordAsync"]>): Promise<void> {
    await persistRecordAsyncInParts(this, given);
  }
}
