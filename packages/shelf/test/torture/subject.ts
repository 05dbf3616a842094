/**
 * One shelf under torture: workers come, carry on and are killed, and between two of them the shelf must hold what the
 * last one had been told is durable, or that and the operation it died in.
 *
 * Invariant: after {@link Subject.verify}, `content` is what the shelf holds, and `next` the operation to carry on with.
 */
import { mapFile, type Granularity } from "@nodemm/pmem-native";
import { openShelf } from "@nodemm/shelf";
import type { Random } from "../support/random.ts";
import type { Announced, Sabotage } from "./announcements.ts";
import type { Figures } from "./figures.ts";
import { type KillPlan, live } from "./life.ts";
import { type Content, contentAfter, operationAt, type ProfileName, profiles } from "./operations.ts";
import { catalogBytesOf, differenceOf, spaceProblemOf } from "./verify.ts";

export interface SubjectOptions {
  readonly path: string;
  readonly granularity: Granularity | undefined;
  readonly profile: ProfileName;
  readonly seed: number;
  readonly sabotage: Sabotage;
}

/** What a shelf did that it must not do. */
export class Violation extends Error {}

/** Until an opening has been timed. */
const openMsAssumed = 5;
const linesMax = 60;
const delayMsMax = 25;

export class Subject {
  kills = 0;
  readonly #options: SubjectOptions;
  readonly #random: Random;
  readonly #figures: Figures;
  #content: Content;
  #next = 0;
  /** What the operation in which the last worker died would have led to. */
  #begun: Content | undefined;
  /** Bytes free when the last worker had said all it said. */
  #free = -1;
  /** Bytes in use when the shelf was new; -1 until it has been opened. */
  #emptyBytes = -1;
  #catalogBytesMax = 0;
  #uuid: string | undefined;
  #openMs: number = openMsAssumed;

  constructor(options: SubjectOptions, random: Random, figures: Figures) {
    this.#options = options;
    this.#random = random;
    this.#figures = figures;
    this.#content = { variables: new Map(), sizeBytes: profiles[options.profile].sizeBytes };
  }

  /**
   * A worker's life and what it left.
   * @throws Violation
   */
  async torment(): Promise<void> {
    const isNew = this.#emptyBytes < 0;
    // Creation has few moments: most first workers are killed in it.
    await this.#life(isNew && this.#random.below(4) > 0 ? this.#killInOpening() : this.#killAnywhere(), false);
    if (this.#emptyBytes < 0) return;
    // Recovery is cut short, now and then repeatedly, by workers that do nothing else.
    while (this.#random.below(3) === 0) await this.#life(this.#killInOpening(), true);
    this.verify();
  }

  /**
   * Opens the shelf and compares it with the model.
   * @throws Violation
   */
  verify(): void {
    const { path, granularity } = this.#options;
    const begin = performance.now();
    using shelf = openShelf(mapFile(path, granularity === undefined ? {} : { forceGranularity: granularity }));
    this.#figures.reopenMs.push(performance.now() - begin);
    this.#figures.verified++;
    this.#uuid ??= shelf.uuid;
    if (this.#uuid !== shelf.uuid) throw new Violation("it is another shelf than before");

    const before = differenceOf(shelf, this.#content);
    const begun = this.#begun;
    const after = begun === undefined ? before : differenceOf(shelf, begun);
    if (before !== undefined && after !== undefined) {
      const otherwise = begun === undefined ? "" : `; had the one begun happened, ${after}`;
      throw new Violation(`${this.#next} operations were acknowledged, and ${before}${otherwise}`);
    }
    const problem = spaceProblemOf(shelf, this.#emptyBytes, this.#catalogBytesMax);
    if (problem !== undefined) throw new Violation(`after ${this.#next} operations ${problem}`);
    const { free } = shelf.usage();
    if ((begun === undefined || after !== undefined) && free !== this.#free) {
      throw new Violation(`${free} bytes are free, before the kill there were ${this.#free}`);
    }
    if (begun !== undefined) {
      if (before === undefined) this.#figures.foundBefore++;
      else {
        this.#figures.foundAfter++;
        this.#accept(begun);
      }
    }
    this.#begun = undefined;
    this.#free = free;
  }

  async #life(plan: KillPlan, opensOnly: boolean): Promise<void> {
    const { path, granularity, profile, seed, sabotage } = this.#options;
    const orders = { path, profile, seed, first: this.#next, opensOnly, sabotage };
    const { announced, killed, complaint, openMs } = await live(orders, granularity, plan);
    this.#count(announced);
    if (!Number.isNaN(openMs)) this.#openMs = openMs;
    if (announced.opened && this.#emptyBytes < 0) this.#emptyBytes = announced.usedAtOpen;
    // A worker that only opens leaves what the one before it did: the same two states are possible.
    if (!opensOnly) this.#follow(announced);
    if (!killed) throw new Violation(`a worker at operation ${this.#next} failed: ${complaint.trim()}`);
    this.#figures.kills++;
    this.kills++;
  }

  #count({ opening, opened, begun }: Announced): void {
    if (!opening) this.#figures.killsBeforeOpening++;
    else if (!opened) this.#figures.killsInOpening++;
    else if (begun) this.#figures.killsInOperation++;
    else this.#figures.killsBetween++;
  }

  /** Does to the model what the worker said that it did to the shelf. */
  #follow({ opened, outcomes, free, begun }: Announced): void {
    if (!opened) return;
    const profile = profiles[this.#options.profile];
    const { seed } = this.#options;
    for (const [index, outcome] of outcomes.entries()) {
      const operation = operationAt(profile, seed, this.#next);
      const keepsSpace = outcome === "refused" || operation.kind === "reopen";
      if (keepsSpace && free[index] !== free[index + 1]) {
        throw new Violation(
          `operation ${this.#next} (${operation.kind}, ${outcome}) took ${free[index] - free[index + 1]} bytes`,
        );
      }
      this.#figures.acknowledged++;
      if (outcome === "refused") {
        this.#figures.refused++;
        this.#next++;
      } else this.#accept(contentAfter(operation, this.#content));
    }
    this.#free = free.at(-1)!;
    this.#begun = begun ? contentAfter(operationAt(profile, seed, this.#next), this.#content) : undefined;
    // What was begun may have made the catalog larger without having happened.
    if (this.#begun !== undefined) this.#noteCatalog(this.#begun);
  }

  #accept(content: Content): void {
    this.#content = content;
    this.#next++;
    this.#noteCatalog(content);
  }

  #noteCatalog(content: Content): void {
    this.#catalogBytesMax = Math.max(this.#catalogBytesMax, catalogBytesOf(content));
  }

  /** At any moment of the worker's life, mostly inside an operation. */
  #killAnywhere(): KillPlan {
    switch (this.#random.below(4)) {
      case 0:
        return this.#killInOpening();
      case 1:
        return { lines: 2, delayMs: (this.#random.below(1000) / 1000) * delayMsMax };
      default:
        return { lines: 3 + this.#random.below(linesMax), delayMs: this.#random.below(1000) / 2000 };
    }
  }

  #killInOpening(): KillPlan {
    return { lines: 1, delayMs: (this.#random.below(1000) / 800) * this.#openMs };
  }
}
