import type { MappedFile, Marks, Region } from "@nodemm/pmem-native";

/** What a reader marks while it reads the catalog, and so may hold on to anything: before every sequence number. */
export const joiningMark = 0;
/** What a writer marks once it has recovered the shelf. */
export const writerMark: number = Number.MAX_SAFE_INTEGER - 1;
/** What who stores into the shelf's bytes marks: while anybody does, no extent is moved. */
export const attachedMark: number = writerMark - 1;
/** What a writer marks while it moves extents: until it has ended, nobody attaches. */
export const movingMark: number = writerMark - 2;

/** The marks of a region, where it has any: only files and devices have other openers. */
export function marksOf(region: Region | MappedFile): Marks | undefined {
  return "marks" in region ? region.marks : undefined;
}
