import type { AsyncOptions, ByteRange, Durability, Instructions, MappedFile, MediaFact } from "@nodemm/pmem-native";
import { ForwardedRegion } from "./forwarded-region.ts";
import type { Keeper } from "./keeper/keepers.ts";
import type { Pages } from "./keeper/record.ts";

/** A mapped memory with a name, kept by a process of its own. */
export interface KeptMemory extends MappedFile {
  readonly name: string;
  readonly keeperProcessId: number;
  /** What kind of pages it was started with; what it grew by lies on usual ones. */
  readonly pages: Pages;
}

const pagesInWords: Readonly<Record<Pages, string>> = {
  hugetlb: "huge pages that were set aside (hugetlb)",
  "transparent-huge": "transparent huge pages",
  base: "pages of the usual size",
};

/** A region over the memory that a keeper holds, which knows what that makes of its durability. */
export class KeptRegion extends ForwardedRegion<MappedFile> implements KeptMemory {
  readonly path: string;
  readonly name: string;
  readonly keeperProcessId: number;
  readonly pages: Pages;
  readonly created: boolean;
  readonly #source: string;
  readonly #durability: Durability;

  constructor(inner: MappedFile, keeper: Keeper, created: boolean) {
    super(inner);
    const { name, processId, pages, descriptorPath } = keeper;
    this.#source = `memory "${name}"`;
    this.path = descriptorPath;
    this.name = name;
    this.keeperProcessId = processId;
    this.pages = pages;
    this.created = created;
    this.#durability = Object.freeze({
      survives: "process-exit",
      reason:
        `every store is in memory at once that process ${processId} keeps for "${name}": it survives any other process, ` +
        `but not that one, nor a restart of the machine; it lies on ${pagesInWords[pages]}`,
    });
  }

  override get source(): string {
    return this.#source;
  }

  override get durability(): Durability {
    return this.#durability;
  }

  // In one call each: nothing here looks at their parts.

  override copyWithinCrc32c(...given: Parameters<MappedFile["copyWithinCrc32c"]>): number {
    return this.inner.copyWithinCrc32c(...given);
  }

  override copyWithinCrc32cAsync(...given: Parameters<MappedFile["copyWithinCrc32cAsync"]>): Promise<number> {
    return this.inner.copyWithinCrc32cAsync(...given);
  }

  override persistRecord(...given: Parameters<MappedFile["persistRecord"]>): void {
    this.inner.persistRecord(...given);
  }

  override persistRecordAsync(...given: Parameters<MappedFile["persistRecordAsync"]>): Promise<void> {
    return this.inner.persistRecordAsync(...given);
  }

  get instructions(): Instructions {
    return this.inner.instructions;
  }

  get kind(): MappedFile["kind"] {
    return this.inner.kind;
  }

  get persistenceDomain(): MappedFile["persistenceDomain"] {
    return this.inner.persistenceDomain;
  }

  get badBlocks(): MediaFact<readonly ByteRange[]> {
    return this.inner.badBlocks;
  }

  get unsafeShutdowns(): MediaFact<number> {
    return this.inner.unsafeShutdowns;
  }

  get marks(): MappedFile["marks"] {
    return this.inner.marks;
  }

  readSafely(offset: number, length: number): Uint8Array<ArrayBuffer> {
    return this.inner.readSafely(offset, length);
  }

  readSafelyAsync(offset: number, length: number, options?: AsyncOptions): Promise<Uint8Array<ArrayBuffer>> {
    return this.inner.readSafelyAsync(offset, length, options);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
