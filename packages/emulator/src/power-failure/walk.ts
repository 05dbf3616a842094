import type { CrashStates } from "./crash-states.ts";
import { Random } from "./random.ts";

/**
 * Selects states of the medium one after another; between steps the caller may read but not change the selection.
 *
 * While there are at most `limit` states, all of them, each once (a Gray code: one word changes a step). Above it, at
 * most `limit` of them, some perhaps twice, always the same for the same seed. First of whole units (lines; pages, then
 * sectors): every set of them if that is at most half the limit, else nothing, everything, each unit alone, all but
 * each, and every prefix and suffix in address order, with neighbours taken together where even that is too much. Then
 * random states, torn within units and with older contents.
 */
export function* walk(states: CrashStates, seed: number, limit: number): Generator<void, void, void> {
  if (states.count <= limit) yield* walkAll(states);
  else yield* walkSample(states, new Random(seed), limit);
}

/** Mixed-radix reflected Gray code without loops (Knuth, The Art of Computer Programming 4A, 7.2.1.1, algorithm H). */
function* walkAll(states: CrashStates): Generator<void, void, void> {
  const size = states.words.length;
  const focus = Array.from({ length: size + 1 }, (_, index) => index);
  const direction = new Int8Array(size).fill(1);
  for (;;) {
    yield;
    const index = focus[0];
    focus[0] = 0;
    if (index === size) return;
    const candidate = states.choice[index] + direction[index];
    states.select(index, candidate);
    if (candidate === 0 || candidate === states.candidates(index) - 1) {
      direction[index] = -direction[index];
      focus[index] = focus[index + 1];
      focus[index + 1] = index + 1;
    }
  }
}

function* walkSample(states: CrashStates, random: Random, limit: number): Generator<void, void, void> {
  const size = states.words.length;
  let left = Math.max(limit, 1);
  for (const units of [states.pageStart, states.groupStart]) {
    if (units.length < 2) continue;
    const subsets = 2 ** (units.length - 1) <= limit / 2;
    for (const _ of subsets
      ? walkSubsets(states, units)
      : walkUnits(states, coarsened(units, Math.floor(limit / 10)))) {
      if (left-- <= 0) return;
      yield;
    }
  }
  const units = states.groupStart;
  for (; left > 0; left--) {
    selectRandom(states, random, units);
    yield;
  }
  states.selectRange(0, size, false);
}

/** Every set of units, each as a whole: a reflected Gray code. */
function* walkSubsets(states: CrashStates, units: readonly number[]): Generator<void, void, void> {
  const size = 2 ** (units.length - 1);
  states.selectRange(0, states.words.length, false);
  for (let step = 1; ; step++) {
    yield;
    if (step === size) return;
    const unit = 31 - Math.clz32(step & -step);
    const newest = ((step ^ (step >>> 1)) & (1 << unit)) !== 0;
    states.selectRange(units[unit], units[unit + 1], newest);
  }
}

/** Nothing, everything, and each unit alone, missing, first and last. */
function* walkUnits(states: CrashStates, units: readonly number[]): Generator<void, void, void> {
  const size = states.words.length;
  const last = units.length - 1;
  states.selectRange(0, size, false);
  yield;
  for (let unit = 0; unit < last; unit++) {
    states.selectRange(units[unit], units[unit + 1], true);
    yield;
  }
  for (let unit = 0; unit < last - 1; unit++) {
    states.selectRange(units[unit], units[unit + 1], false);
    yield;
  }
  states.selectRange(0, size, false);
  for (let unit = 0; unit < last; unit++) {
    states.selectRange(units[unit], units[unit + 1], true);
    yield;
    states.selectRange(units[unit], units[unit + 1], false);
  }
  states.selectRange(0, size, true);
  for (let unit = 0; unit < last; unit++) {
    states.selectRange(units[unit], units[unit + 1], false);
    yield;
    states.selectRange(units[unit], units[unit + 1], true);
  }
}

/** At most `most` units: neighbours are merged evenly. */
function coarsened(units: readonly number[], most: number): readonly number[] {
  const count = units.length - 1;
  const kept = Math.max(1, most);
  if (count <= kept) return units;
  const merged = Array.from({ length: kept }, (_, index) => units[Math.floor((index * count) / kept)]);
  return [...merged, units[count]];
}

function selectRandom(states: CrashStates, random: Random, units: readonly number[]): void {
  const size = states.words.length;
  const last = units.length - 1;
  const kind = random.below(4);
  if (kind === 0) {
    // Any value that any word ever had.
    for (let index = 0; index < size; index++) states.select(index, random.below(states.candidates(index)));
    return;
  }
  const torn = random.below(last);
  if (kind === 1) {
    // Everything up to a cut, or from it on, torn at the cut.
    const below = random.below(2) === 0;
    states.selectRange(0, units[torn], below);
    states.selectRange(units[torn], size, !below);
  } else {
    // Few, half or most of the units.
    const odds = [1, 4, 7][random.below(3)];
    for (let unit = 0; unit < last; unit++) states.selectRange(units[unit], units[unit + 1], random.below(8) < odds);
  }
  if (kind !== 3) {
    for (let index = units[torn]; index < units[torn + 1]; index++) {
      states.select(index, random.below(states.candidates(index)));
    }
  }
}
