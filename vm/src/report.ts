import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "./paths.ts";

/** Something that was checked. */
export interface Claim {
  readonly chapter: string;
  readonly claim: string;
  /** Why it does not hold; absent if it does. */
  readonly failure?: string;
}

/** Collects claims, and says on the screen what is going on. */
export class Report {
  readonly #startedAt = performance.now();
  readonly #claims: Claim[] = [];
  readonly #skipped: string[] = [];
  readonly #json: boolean;
  readonly #live: boolean;
  #liveText = "";

  constructor(json: boolean) {
    this.#json = json;
    this.#live = !json && process.stdout.isTTY;
  }

  /** A line for people. */
  say(chapter: string, text: string): void {
    if (this.#json) return;
    const seconds = ((performance.now() - this.#startedAt) / 1000).toFixed(1).padStart(6);
    this.#write(`[${seconds} s] ${chapter}: ${text}\n`);
  }

  /** What is being done just now; on a terminal only, where it is written over. */
  progress(text: string): void {
    if (!this.#live) return;
    this.#liveText = text;
    this.#write("");
  }

  #write(line: string): void {
    const eraseLine = this.#live ? "\r\u001B[2K" : "";
    const live = this.#live ? this.#liveText.slice(0, (process.stdout.columns ?? 80) - 1) : "";
    process.stdout.write(`${eraseLine}${line}${live}`);
  }

  holds(chapter: string, claim: string): void {
    this.#claims.push({ chapter, claim });
  }

  fails(chapter: string, claim: string, failure: string): void {
    this.#claims.push({ chapter, claim, failure });
    this.say(chapter, `FAILED: ${claim}\n${failure.replaceAll(/^/gmu, "    ")}`);
  }

  /** Checks something: it holds if `body` ends well. Returns whether it does. */
  async check(chapter: string, claim: string, body: () => Promise<void> | void): Promise<boolean> {
    try {
      await body();
      this.holds(chapter, claim);
      return true;
    } catch (error) {
      this.fails(chapter, claim, error instanceof Error ? error.message : String(error));
      return false;
    }
  }

  /** What could not be tried here, and why. */
  skip(chapter: string, reason: string): void {
    this.#skipped.push(`${chapter}: ${reason}`);
    this.say(chapter, `skipped: ${reason}`);
  }

  countOf(chapter: string): { passed: number; failed: number } {
    const claims = this.#claims.filter((claim) => claim.chapter === chapter);
    const failed = claims.filter(({ failure }) => failure !== undefined).length;
    return { passed: claims.length - failed, failed };
  }

  /** Prints the sum and leaves it where `npm test` adds up. Returns the exit code. */
  finish(facts: object): number {
    const failures = this.#claims.filter(({ failure }) => failure !== undefined);
    const counts = {
      passed: this.#claims.length - failures.length,
      failed: failures.length,
      skipped: this.#skipped.length,
      note: this.#skipped.join("; "),
    };
    const folder = join(repository, "vm/test-results");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "vm.json"), `${JSON.stringify(counts)}\n`);
    const seconds = Math.round((performance.now() - this.#startedAt) / 1000);
    if (this.#json) {
      process.stdout.write(`${JSON.stringify({ ...facts, ...counts, seconds, claims: this.#claims }, undefined, 2)}\n`);
    } else {
      this.#liveText = "";
      const skippedText = counts.skipped > 0 ? `, ${counts.skipped} skipped` : "";
      this.#write(`${counts.passed} passed, ${counts.failed} failed${skippedText} in ${seconds} s\n`);
    }
    return failures.length > 0 ? 1 : 0;
  }
}
