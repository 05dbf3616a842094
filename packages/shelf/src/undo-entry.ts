import {
  roundUp,
  undoDataAlignment,
  undoEntry,
  undoHeaderBytes,
  undoKind,
  undoRangeBytes,
  unitBytes,
} from "./layout.ts";
import type { UndoSegment } from "./undo-segment.ts";
import { readU53, writeU53 } from "./words.ts";

// At hand, because a look-up in the layout for each would take longer than all the stores.
const kindWord = undoEntry.kind.offset / 4;
const generationWord = undoEntry.generation.offset / 4;
const lengthWord = undoEntry.lengthBytes.offset / 4;
const countWord = undoEntry.rangeCount.offset / 4;
const reservedWord = undoEntry.reserved.offset / 4;
const numbersWord = undoHeaderBytes / 4;
const unitWords = unitBytes / 4;

/** Bytes of an entry of one range before its data. */
export const rangeHeadBytes: number = roundUp(undoHeaderBytes + undoRangeBytes, unitBytes);

/** {@link writeEntry} of one range, as most transactions save: store by store. */
export function writeRangeEntry(
  words: Uint32Array,
  at: number,
  generation: number,
  entryBytes: number,
  offset: number,
  length: number,
): void {
  words[at + kindWord] = undoKind.ranges;
  writeU53(words, at + generationWord, generation);
  words[at + lengthWord] = entryBytes;
  words[at + lengthWord + 1] = 0;
  words[at + countWord] = 1;
  words[at + reservedWord] = 0;
  writeU53(words, at + numbersWord, offset);
  words[at + numbersWord + 2] = length;
  words[at + numbersWord + 3] = 0;
  words[at + numbersWord + 4] = 0;
  words[at + numbersWord + 5] = 0;
  words[at + numbersWord + 6] = 0;
  words[at + numbersWord + 7] = 0;
}

/** What stands at the beginning of an entry of the undo log. */
export interface EntryHead {
  readonly kind: number;
  readonly generation: number;
  /** Of the whole entry; of a link, of the segment that it leads to. */
  readonly lengthBytes: number;
  readonly rangeCount: number;
}

/**
 * Writes an entry up to where its data begin, but for the CRC: the head, and behind it numbers of 64 bits, filled up with
 * zeros to a whole unit.
 */
export function writeEntry(words: Uint32Array, at: number, head: EntryHead, numbers: readonly number[]): void {
  words[at + kindWord] = head.kind;
  writeU53(words, at + generationWord, head.generation);
  writeU53(words, at + lengthWord, head.lengthBytes);
  words[at + countWord] = head.rangeCount;
  words[at + reservedWord] = 0;
  let word = at + numbersWord;
  for (let index = 0; index < numbers.length; index++, word += 2) writeU53(words, word, numbers[index]);
  // A loop is faster than a call for the few words that there are.
  for (; (word - at) % unitWords !== 0; word++) words[word] = 0;
}

/** Visits the ranges of an entry, each with where its old bytes lie. The entry lies in its segment, but for its data. */
export function forEachRange(
  segment: UndoSegment,
  start: number,
  visit: (offset: number, length: number, data: number) => void,
): void {
  const header = segment.at(start, unitBytes);
  const count = segment.words[header + countWord];
  const dataStart = roundUp(undoHeaderBytes + count * undoRangeBytes, unitBytes);
  const at = segment.at(start, dataStart) + numbersWord;
  const { words } = segment;
  let data = segment.offset + start + dataStart;
  for (let index = 0; index < count; index++) {
    const length = readU53(words, at + index * 4 + 2);
    visit(readU53(words, at + index * 4), length, data);
    data += roundUp(length, undoDataAlignment);
  }
}
