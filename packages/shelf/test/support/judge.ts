import { getHeapStatistics } from "node:v8";
import { openShelf, type Shelf, ShelfError } from "../../src/index.ts";
import type { Anatomy } from "./anatomy.ts";
import { type Damage, touches } from "./damage.ts";
import { differenceFrom, type Testimony } from "./examine.ts";
import { WatchedRegion } from "./watched-region.ts";

/** Far above what opening a small shelf takes on a busy machine. */
const openingMillisecondsMax = 3000;
/** Far above what it takes to hold the names of a small shelf, with the garbage that was there before. */
const openingBytesMax: number = 64 * 2 ** 20;

export interface Verdict {
  /** Whether opening refused. */
  readonly refused: boolean;
  /** What is wrong about how the damage was met. */
  readonly problem: string | undefined;
}

/** Opens a damaged shelf: it must be refused as damaged and left alone, or hold what it held, within bounds of time and memory. */
export function judge(damage: Damage, anatomy: Anatomy, expected: Testimony): Verdict {
  const region = new WatchedRegion(damage.image);
  const memory = takenMemory();
  const start = performance.now();
  let shelf: Shelf | undefined;
  let problem: string | undefined;
  try {
    shelf = openShelf(region);
  } catch (error) {
    problem =
      problemOfRefusal(error, damage, anatomy) ??
      (region.written ? "refused, but the shelf was written to" : undefined);
  }
  const milliseconds = performance.now() - start;
  if (milliseconds > openingMillisecondsMax) problem ??= `opening took ${Math.round(milliseconds)} ms`;
  const taken = takenMemory();
  if (taken.allocated - memory.allocated > openingBytesMax || taken.peak - memory.peak > openingBytesMax) {
    problem ??= `opening took ${taken.allocated - memory.allocated} bytes, the peak rose by ${taken.peak - memory.peak}`;
  }
  if (region.viewedBytes > 2 * damage.image.length) problem ??= `${region.viewedBytes} bytes were viewed while opening`;
  if (shelf === undefined)
    return { refused: true, problem: problem ?? (region.closed ? undefined : "the region is still open") };
  problem ??= problemOfContent(shelf, damage, anatomy, expected);
  shelf.close();
  return { refused: false, problem };
}

/** Bytes that this process has allocated in JavaScript, touched or not, and the most that it ever had resident. */
function takenMemory(): { readonly allocated: number; readonly peak: number } {
  const { used_heap_size: heap, external_memory: external } = getHeapStatistics();
  return { allocated: heap + external, peak: process.resourceUsage().maxRSS * 1024 };
}

function problemOfContent(
  shelf: Shelf,
  { touched }: Damage,
  anatomy: Anatomy,
  expected: Testimony,
): string | undefined {
  try {
    return differenceFrom(expected, shelf, anatomy, touched);
  } catch (error) {
    return `opened, but reading threw ${String(error)}`;
  }
}

/** Only where no superblock copy is left may a damaged shelf be taken for something else. */
function problemOfRefusal(
  error: unknown,
  { touched, image }: Damage,
  { superblockCopies }: Anatomy,
): string | undefined {
  if (!(error instanceof ShelfError)) return `threw ${error instanceof Error ? error.stack : String(error)}`;
  if (error.code === "ERR_SHELF_NOT_A_SHELF") {
    return superblockCopies.every((copy) => touches(touched, copy)) ? undefined : error.message;
  }
  const { code, structure, offset = -1 } = error;
  if (code !== "ERR_SHELF_CORRUPT") return `threw ${code}: ${error.message}`;
  if (structure === undefined || !(offset >= 0 && offset < image.length)) {
    return `does not say where: structure ${structure}, offset ${offset}`;
  }
  return undefined;
}
