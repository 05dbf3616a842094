import type { Anatomy, Range } from "./anatomy.ts";
import { Random } from "./random.ts";

/** A damaged copy of an image. */
export interface Damage {
  /** What was done, for people. */
  readonly what: string;
  readonly image: Uint8Array;
  /** Bytes that may differ from the original, those that were cut off included. */
  readonly touched: readonly Range[];
}

const sectorBytes = 512;
const pageBytes = 4096;

/** Does the damage that a seed and an index stand for: the same each time, in one of `places`. */
export function damage(image: Uint8Array, places: readonly Range[], seed: number, index: number): Damage {
  const random = new Random(mix(seed, index));
  const place = places[random.below(places.length)];
  const at = place.start + random.below(place.end - place.start);
  const roll = random.below(100);
  if (roll < 50) return flipBits(image, place, 1 + (roll % 3), random);
  if (roll < 85) return overwrite(image, at, Math.min(1 + random.below(64), place.end - at), "random", random);
  if (roll < 90) return overwrite(image, at, sectorBytes, roll % 2 === 0 ? "zeros" : "random", random);
  if (roll < 94) return overwrite(image, at, pageBytes, roll % 2 === 0 ? "zeros" : "ones", random);
  return cut(image, roll < 97 ? at : random.below(image.length), roll % 2 === 0);
}

/** Where the structures of a shelf lie, so that each is hit often however small it is. */
export function metadataOf(anatomy: Anatomy): readonly Range[] {
  const { superblockCopies, laneHeader, undoEntries, catalogHeader, frames } = anatomy;
  return [...superblockCopies, laneHeader, ...undoEntries, catalogHeader, frames].filter(
    (each) => each.start < each.end,
  );
}

export function touches(touched: readonly Range[], { start, end }: Range): boolean {
  return touched.some((each) => each.start < end && each.end > start);
}

function flipBits(image: Uint8Array, place: Range, count: number, random: Random): Damage {
  const damaged = image.slice();
  const touched: Range[] = [];
  for (let flipped = 0; flipped < count; flipped++) {
    const at = place.start + random.below(place.end - place.start);
    damaged[at] ^= 1 << random.below(8);
    touched.push({ start: at, end: at + 1 });
  }
  return { what: `flipped a bit of bytes ${touched.map((each) => each.start).join(", ")}`, image: damaged, touched };
}

/** Runs that are whole sectors or pages start at their multiples, as those that a device loses do. */
function overwrite(
  image: Uint8Array,
  at: number,
  bytes: number,
  by: "random" | "zeros" | "ones",
  random: Random,
): Damage {
  const start = bytes >= sectorBytes ? Math.floor(at / bytes) * bytes : at;
  const end = Math.min(start + bytes, image.length);
  const damaged = image.slice();
  for (let each = start; each < end; each++) damaged[each] = { random: random.below(256), zeros: 0, ones: 0xff }[by];
  return { what: `overwrote bytes ${start} to ${end} (${by})`, image: damaged, touched: [{ start, end }] };
}

function cut(image: Uint8Array, at: number, refill: boolean): Damage {
  const length = Math.max(1, at);
  const damaged = refill ? image.slice().fill(0, length) : image.slice(0, length);
  const what = `cut at byte ${length}${refill ? " and refilled with zeros" : ""}`;
  return { what, image: damaged, touched: [{ start: length, end: image.length }] };
}

/** Neighbouring indexes must not give alike damage (the finaliser of MurmurHash3). */
function mix(seed: number, index: number): number {
  let hash = Math.imul(seed, 0x9e3779b1) ^ index;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
