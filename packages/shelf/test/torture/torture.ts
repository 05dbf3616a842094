/**
 * Kills processes that work on shelves, and looks at what they leave.
 *
 * SIGKILL takes the process, not the page cache: every store that the process made is there afterwards, flushed or not.
 * So this shows that a shelf survives the death of its process at any moment, with the real region on a real file system.
 * That it survives a power failure, where stores that were not flushed are lost, is shown by `test/crash`.
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Granularity } from "@nodemm/pmem-native";
import { Random } from "../support/random.ts";
import type { Sabotage } from "./announcements.ts";
import { type Figures, noFigures } from "./figures.ts";
import { WorkerBroken } from "./life.ts";
import type { ProfileName } from "./operations.ts";
import { Subject, Violation } from "./subject.ts";

/** A folder, and the granularity to force there; none for its own. */
interface Medium {
  readonly folder: string;
  readonly granularity?: Granularity;
}

export interface TortureOptions {
  readonly kills: number;
  /** Stop after this long, whatever the kills. */
  readonly seconds?: number;
  readonly seed: number;
  /** Kills that one shelf takes before a new one takes its place. */
  readonly killsPerShelf: number;
  /** Where the shelves go instead of `/dev/shm` and the disk. */
  readonly medium?: Medium;
  readonly sabotage?: Sabotage;
  /** Stop at the first violation, as soon as the workers at hand are dead. */
  readonly stopAtFirst?: boolean;
  /** Leave a shelf that did what it must not do where it is. */
  readonly keep?: boolean;
  readonly onTorment?: (figures: Readonly<Figures>) => void;
}

/** Workers at the same time. */
const lanes = 2;
const profileNames: readonly ProfileName[] = ["small", "large"];

/**
 * Tortures shelves, some in parallel, until there have been enough kills. A shelf is given up at its first violation.
 * @throws WorkerBroken
 */
export async function torture(options: TortureOptions): Promise<Figures> {
  const { kills, killsPerShelf, seconds = Infinity } = options;
  const figures = noFigures();
  const media = findMedia(options.medium);
  const endsAt = performance.now() + seconds * 1000;
  const isOver = (): boolean =>
    performance.now() >= endsAt || (options.stopAtFirst === true && figures.violations.length > 0);
  let promised = 0;
  const lane = async (): Promise<void> => {
    while (promised < kills && !isOver()) {
      const share = Math.min(killsPerShelf, kills - promised);
      promised += share;
      const index = figures.shelves++;
      const profile = profileNames[Math.floor(index / media.length) % profileNames.length];
      await tortureOne(index, profile, media[index % media.length], share);
    }
  };
  const tortureOne = async (index: number, profile: ProfileName, medium: Medium, share: number): Promise<void> => {
    const folder = mkdtempSync(join(medium.folder, "nodemm-torture-"));
    const path = join(folder, "tortured.shelf");
    const seed = options.seed * 1000 + index;
    const { granularity } = medium;
    const subject = new Subject(
      { path, granularity, profile, seed, sabotage: options.sabotage ?? "none" },
      new Random(seed),
      figures,
    );
    let keeps = false;
    try {
      while (subject.kills < share && !isOver()) {
        await subject.torment();
        options.onTorment?.(figures);
      }
    } catch (error) {
      if (error instanceof WorkerBroken) throw error;
      keeps = options.keep ?? false;
      const problem = error instanceof Violation ? error.message : (error as Error).stack;
      const where = `${profile} shelf, ${granularity ?? "native"} granularity, seed ${seed}`;
      figures.violations.push(`${where}: ${problem}${keeps ? `; see ${path}` : ""}`);
    } finally {
      if (!keeps) rmSync(folder, { recursive: true, force: true });
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return figures;
}

function findMedia(medium: Medium | undefined): readonly Medium[] {
  if (medium !== undefined) return [medium];
  return [
    { folder: existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), granularity: "cache-line" },
    { folder: tmpdir(), granularity: "page" },
  ];
}
