/**
 * Radix sort of long rows of numbers, least significant digit first: stable, and linear in the count. Each element becomes
 * a record of 32-bit words: the low word of a key that sorts as the element does, its high word if it has 64 bits, and
 * perhaps the place that it came from.
 */

const digitBits = 11;
const digitCount: number = 1 << digitBits;

/** Rows of these lengths are sorted by digits: below, the engine's sort is as fast; above, the records take too much memory. */
export const radixLengths: { readonly min: number; readonly max: number } = { min: 2048, max: 2 ** 26 };

/** Records, one after another. */
export interface Records {
  readonly words: Uint32Array;
  /** Words of a key. */
  readonly keyWords: 1 | 2;
  /** Words of a record: those of its key, and one more if it has a place. */
  readonly width: number;
}

/** Records of float64 elements. NaN sorts last; -0 is kept, and sorts before 0 unless places are asked for. */
export function recordsOfFloat64(data: Float64Array, withPlaces: boolean): Records {
  const width = withPlaces ? 3 : 2;
  const source = new Uint32Array(data.buffer, data.byteOffset, 2 * data.length);
  const words = new Uint32Array(width * data.length);
  for (let k = 0, at = 0; k < data.length; k++, at += width) {
    const high = source[2 * k + 1];
    const isNaN = data[k] !== data[k];
    const isNegative = high >>> 31 === 1 && !isNaN;
    if (withPlaces && data[k] === 0) {
      // A stable sort by value takes both zeros as equal.
      words[at + 1] = 0x80000000;
    } else {
      words[at] = isNegative ? ~source[2 * k] : source[2 * k];
      words[at + 1] = isNegative ? ~high : high | 0x80000000;
    }
    if (withPlaces) words[at + 2] = k;
  }
  return { words, keyWords: 2, width };
}

/** Writes sorted records of float64 back as numbers. */
export function float64FromRecords({ words }: Records, data: Float64Array): void {
  const target = new Uint32Array(data.buffer, data.byteOffset, 2 * data.length);
  for (let at = 0; at < words.length; at += 2) {
    const high = words[at + 1];
    const wasNegative = high >>> 31 === 0;
    target[at] = wasNegative ? ~words[at] : words[at];
    target[at + 1] = wasNegative ? ~high : high & 0x7fffffff;
  }
}

/** Records of integers of up to 32 bits with their places. */
export function recordsOfIntegers(data: ArrayLike<number>, isSigned: boolean): Records {
  const words = new Uint32Array(2 * data.length);
  const flip = isSigned ? 0x80000000 : 0;
  for (let k = 0; k < data.length; k++) {
    words[2 * k] = data[k] ^ flip;
    words[2 * k + 1] = k;
  }
  return { words, keyWords: 1, width: 2 };
}

/** Sorted records; those given are overwritten. */
export function sortRecords(records: Records): Records {
  const { keyWords, width } = records;
  let from: Uint32Array = records.words;
  let to: Uint32Array = new Uint32Array(from.length);
  for (let digit = 0; digit < 3 * keyWords; digit++) {
    const word = Math.floor(digit / 3);
    const shift = digitBits * (digit % 3);
    const starts = startsOf(from, word, width, shift);
    if (starts === undefined) continue;
    if (width === 2) movePairs(from, to, word, shift, starts);
    else moveTriples(from, to, word, shift, starts);
    [from, to] = [to, from];
  }
  return { words: from, keyWords, width };
}

/** Where the records of each digit start; undefined if all have the same digit. */
function startsOf(words: Uint32Array, word: number, width: number, shift: number): Uint32Array | undefined {
  const starts = new Uint32Array(digitCount);
  for (let at = word; at < words.length; at += width) starts[(words[at] >>> shift) & (digitCount - 1)]++;
  if (starts.includes(words.length / width)) return undefined;
  let sum = 0;
  for (let digit = 0; digit < digitCount; digit++) {
    const count = starts[digit];
    starts[digit] = sum;
    sum += count;
  }
  return starts;
}

function movePairs(from: Uint32Array, to: Uint32Array, word: number, shift: number, starts: Uint32Array): void {
  for (let at = 0; at < from.length; at += 2) {
    const place = 2 * starts[(from[at + word] >>> shift) & (digitCount - 1)]++;
    to[place] = from[at];
    to[place + 1] = from[at + 1];
  }
}

function moveTriples(from: Uint32Array, to: Uint32Array, word: number, shift: number, starts: Uint32Array): void {
  for (let at = 0; at < from.length; at += 3) {
    const place = 3 * starts[(from[at + word] >>> shift) & (digitCount - 1)]++;
    to[place] = from[at];
    to[place + 1] = from[at + 1];
    to[place + 2] = from[at + 2];
  }
}
