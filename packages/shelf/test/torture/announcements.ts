/**
 * What a worker tells its killer, a line each on file descriptor 3. Each line is written synchronously: what was said
 * before the process died has been said.
 */
import { writeSync } from "node:fs";

const channel = 3;

/** What a worker has to do, given as JSON in its first argument. */
export interface Orders {
  readonly path: string;
  readonly profile: "small" | "large";
  readonly seed: number;
  /** The number of its first operation. */
  readonly first: number;
  /** Open the shelf, and wait for the end. */
  readonly opensOnly: boolean;
  readonly sabotage: Sabotage;
}

/**
 * A fault to commit, so that it can be seen that it is found: tearing transactions apart, changing bytes in place without
 * saving them, saying that an operation is done before it is, or none.
 */
export type Sabotage = "none" | "torn" | "unsaved" | "early";

/** Tells the killer; returns when the line is out of this process's hands. */
export function announce(line: string): void {
  writeSync(channel, `${line}\n`);
}

/** What a worker said in its life. */
export interface Announced {
  /** Whether it went as far as opening the shelf, and whether that ended. */
  readonly opening: boolean;
  readonly opened: boolean;
  /** Bytes in use when it had opened the shelf. */
  readonly usedAtOpen: number;
  /** How its operations ended, from the first one on. */
  readonly outcomes: readonly ("done" | "refused")[];
  /** Bytes free before the first operation and after each. */
  readonly free: readonly number[];
  /** Whether another operation had begun. */
  readonly begun: boolean;
}

/** Reads what a worker said. A last line that is not whole counts as not said. */
export function parseAnnouncements(text: string, first: number): Announced {
  const outcomes: ("done" | "refused")[] = [];
  const free: number[] = [];
  let opening = false;
  let usedAtOpen = -1;
  let begun = false;
  for (const line of text.split("\n").slice(0, -1)) {
    const [word, ...numbers] = line.split(" ");
    const [number, bytes] = numbers.map(Number);
    if (word === "opening") opening = true;
    else if (word === "opened") {
      usedAtOpen = number;
      free.push(bytes);
    } else {
      if (number !== first + outcomes.length || (word === "begin") === begun)
        throw new Error(`unexpected line "${line}"`);
      begun = word === "begin";
      if (word === "done" || word === "refused") {
        outcomes.push(word);
        free.push(bytes);
      }
    }
  }
  return { opening, opened: usedAtOpen >= 0, usedAtOpen, outcomes, free, begun };
}
