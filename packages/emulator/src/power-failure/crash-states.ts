import type { DirtyLine } from "./dirty-line.ts";
import type { MediaModel } from "./media-model.ts";
import { wordHashA, wordHashB } from "./word-hash.ts";

const INT32S_PER_LINE = 16;
const LINES_PER_SECTOR = 8;
const LINES_PER_PAGE = 64;

/**
 * Every state that the medium may be in at one moment, as independent choices: for each 8-byte word that is not durable
 * for certain, which of the values that it held is on the medium. Candidate 0 is the durable value, the last candidate
 * the newest. One state at a time is selected; its hash is kept up to date as choices change.
 *
 * Words are in address order, and grouped into the units that a medium writes as one: cache lines, or 512-byte sectors
 * within 4 KiB pages.
 */
export class CrashStates {
  readonly model: MediaModel;
  /** Index (offset / 8) of each uncertain word, ascending. */
  readonly words: number[] = [];
  /** `candidateStart[n]` to `candidateStart[n + 1]`: the candidates of the n-th uncertain word. */
  readonly candidateStart: number[] = [0];
  /** Group `g` is the uncertain words `groupStart[g]` to `groupStart[g + 1]`. */
  readonly groupStart: number[] = [];
  /** The same for whole pages; empty in the cache-line model. */
  readonly pageStart: number[] = [];
  /** Number of distinct states; Infinity beyond what a number holds. */
  readonly count: number;
  /** The candidate selected for each uncertain word. */
  readonly choice: Uint8Array;
  /** Hash of the selected state's image. */
  hashA: number;
  hashB: number;
  readonly #low: number[] = [];
  readonly #high: number[] = [];
  /** What each candidate changes in the hash, against candidate 0. */
  readonly #deltaA: number[] = [];
  readonly #deltaB: number[] = [];

  constructor(model: MediaModel) {
    this.model = model;
    const dirty = [...model.lines.values()].sort((left, right) => left.line - right.line);
    let count = 1;
    const paged = model.granularity === "page";
    const linesPerGroup = paged ? LINES_PER_SECTOR : 1;
    let group = -1;
    let page = -1;
    for (const line of dirty) {
      const before = this.words.length;
      for (let word = 0; word < 8; word++) count *= this.#addWord(line, word);
      if (this.words.length === before) continue;
      if (Math.floor(line.line / linesPerGroup) !== group) this.groupStart.push(before);
      group = Math.floor(line.line / linesPerGroup);
      if (paged && Math.floor(line.line / LINES_PER_PAGE) !== page) this.pageStart.push(before);
      page = Math.floor(line.line / LINES_PER_PAGE);
    }
    this.groupStart.push(this.words.length);
    if (paged) this.pageStart.push(this.words.length);
    this.count = count;
    this.choice = new Uint8Array(this.words.length);
    this.hashA = model.hashA;
    this.hashB = model.hashB;
  }

  candidates(index: number): number {
    return this.candidateStart[index + 1] - this.candidateStart[index];
  }

  /** Selects a candidate for the n-th uncertain word. */
  select(index: number, candidate: number): void {
    const start = this.candidateStart[index];
    const from = start + this.choice[index];
    const to = start + candidate;
    if (from === to) return;
    this.hashA ^= this.#deltaA[from] ^ this.#deltaA[to];
    this.hashB ^= this.#deltaB[from] ^ this.#deltaB[to];
    this.choice[index] = candidate;
  }

  /** Selects the durable (candidate 0) or the newest value for the uncertain words `start` to `end - 1`. */
  selectRange(start: number, end: number, newest: boolean): void {
    for (let index = start; index < end; index++) this.select(index, newest ? this.candidates(index) - 1 : 0);
  }

  /** Writes the selected value of the n-th uncertain word into an image. */
  write(index: number, image: Int32Array): void {
    const candidate = this.candidateStart[index] + this.choice[index];
    const at = 2 * this.words[index];
    image[at] = this.#low[candidate];
    image[at + 1] = this.#high[candidate];
  }

  /** Adds a word with its distinct candidates, if there is more than one; returns how many there are. */
  #addWord(line: DirtyLine, word: number): number {
    const at = line.line * INT32S_PER_LINE + 2 * word;
    const start = this.#low.length;
    const model = this.model;
    this.#addCandidate(start, at >>> 1, model.durableWords[at], model.durableWords[at + 1]);
    // The newest value comes last, even if it was there earlier on.
    const low = model.volatileWords[at];
    const high = model.volatileWords[at + 1];
    for (const version of line.versions) {
      if ((version.mask & (1 << word)) === 0) continue;
      const versionLow = version.words[2 * word];
      const versionHigh = version.words[2 * word + 1];
      if (versionLow !== low || versionHigh !== high) this.#addCandidate(start, at >>> 1, versionLow, versionHigh);
    }
    this.#addCandidate(start, at >>> 1, low, high);
    const count = this.#low.length - start;
    if (count === 1) {
      for (const list of [this.#low, this.#high, this.#deltaA, this.#deltaB]) list.length = start;
      return 1;
    }
    this.words.push(at >>> 1);
    this.candidateStart.push(this.#low.length);
    return count;
  }

  #addCandidate(start: number, word: number, low: number, high: number): void {
    for (let index = start; index < this.#low.length; index++) {
      if (this.#low[index] === low && this.#high[index] === high) return;
    }
    const first = this.#low.length === start;
    const durableLow = first ? low : this.#low[start];
    const durableHigh = first ? high : this.#high[start];
    this.#low.push(low);
    this.#high.push(high);
    this.#deltaA.push(wordHashA(word, durableLow, durableHigh) ^ wordHashA(word, low, high));
    this.#deltaB.push(wordHashB(word, durableLow, durableHigh) ^ wordHashB(word, low, high));
  }
}
