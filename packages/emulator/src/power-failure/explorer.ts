import { isPromise } from "node:util/types";
import { checkOptions, type Region } from "@nodemm/pmem-native";
import { checkRegion, checkWholeNumber } from "../checks.ts";
import { callerStack } from "./call-site.ts";
import { Eras, ExpectingContext } from "./crash-context.ts";
import { formatCrashId, type CrashStep } from "./crash-id.ts";
import { CrashStates } from "./crash-states.ts";
import { DepthMemory } from "./depth-memory.ts";
import type { CrashPoint, CrashViolation, ExploreOptions, ExploreResult } from "./explore-options.ts";
import { ImageSet } from "./image-set.ts";
import { MediaModel } from "./media-model.ts";
import { ModelledRegion } from "./modelled-region.ts";
import { PersistPoints } from "./persist-points.ts";
import { walk } from "./walk.ts";
import { mixAll } from "./word-hash.ts";

/** Before a drain the states are all those since the drain before; grow, expect and end are moments of their own. */
const DRAIN_MOMENTS: ReadonlySet<string> = new Set(["drain", "grow", "expect", "end"]);

const optionNames = [
  "create",
  "workload",
  "verify",
  "nestedDepth",
  "limitPerPoint",
  "nestedLimitPerPoint",
  "seed",
  "at",
  "violationsDescribed",
  "stopAtFirst",
  "mutate",
  "recordCallSites",
  "callSiteFrames",
  "images",
] satisfies (keyof ExploreOptions<unknown>)[];

/** A program running on a modelled region: the workload, or a verification that may crash in turn. */
interface Run<Model> {
  /** How it came about: a step for each crash before it. */
  readonly steps: readonly CrashStep[];
  readonly region: ModelledRegion;
  readonly context: ExpectingContext<Model>;
  readonly seed: number;
  moments: number;
  /** The model's epoch and the context's era when last examined. */
  epoch: number;
  era: number;
}

/** A state that was reached by its path of ordinals. */
export interface ReachedState {
  readonly image: Uint8Array;
  readonly point: CrashPoint;
  readonly stack: string;
}

/** @throws TypeError unless all of what is to be run is there */
function checkPrograms(options: unknown): void {
  for (const name of ["create", "workload", "verify"]) {
    const program = (options as Readonly<Record<string, unknown>> | null | undefined)?.[name];
    if (typeof program === "function") continue;
    throw new TypeError(
      `an exploration takes { create, workload, verify }: ${name} must be a function, got ${typeof program}`,
    );
  }
}

/**
 * Runs a workload, examines the states of the medium at its moments, and so on inside the recoveries from them.
 *
 * Invariants: a state is verified unless the same image was verified for the same expectations with at least as many
 * crashes allowed to follow. What happens is a function of the options, so the ordinals of moment and state name it.
 */
export class Explorer<Model> {
  readonly #options: ExploreOptions<Model>;
  readonly #nestedDepth: number;
  readonly #limit: number;
  readonly #nestedLimit: number;
  readonly #seed: number;
  /** Only this state is verified, where one is given. */
  readonly #target: readonly CrashStep[] | undefined;
  readonly #eras: Eras = new Eras();
  readonly #points: PersistPoints | undefined;
  readonly #memory: readonly DepthMemory[];
  /** Hashes of what was verified, by number of crashes that were allowed to follow. */
  readonly #verified: readonly ImageSet[];
  readonly #images: ImageSet;
  readonly #imagesBefore: number;
  readonly #violations: CrashViolation[] = [];
  readonly #counts = { points: 0, states: 0, verified: 0, nested: 0, sampledPoints: 0, violationCount: 0 };
  #stopped = false;
  #reached: ReachedState | undefined;

  constructor(options: ExploreOptions<Model>, target?: readonly CrashStep[]) {
    checkPrograms(options);
    checkOptions("an exploration", options, optionNames);
    this.#options = options;
    this.#nestedDepth = checkWholeNumber("nestedDepth", options.nestedDepth ?? 0, 0);
    this.#limit = checkWholeNumber("limitPerPoint", options.limitPerPoint ?? 256, 1);
    this.#nestedLimit = checkWholeNumber(
      "nestedLimitPerPoint",
      options.nestedLimitPerPoint ?? Math.ceil(this.#limit / 4),
      1,
    );
    this.#seed = checkWholeNumber("seed", options.seed ?? 1, Number.MIN_SAFE_INTEGER);
    this.#target = target;
    this.#images = options.images ?? new ImageSet();
    this.#imagesBefore = this.#images.size;
    const { mutate, recordCallSites = false, callSiteFrames = 1 } = options;
    this.#points = mutate || recordCallSites ? new PersistPoints(callSiteFrames, mutate, recordCallSites) : undefined;
    this.#memory = Array.from({ length: this.#nestedDepth + 1 }, () => new DepthMemory());
    this.#verified = Array.from({ length: this.#nestedDepth + 1 }, () => new ImageSet());
  }

  /** The state that was asked for; undefined if the workload did not come to it. */
  get reached(): ReachedState | undefined {
    return this.#reached;
  }

  explore(): ExploreResult {
    const started = performance.now();
    const inner = this.#options.create();
    checkRegion("create must return", inner);
    try {
      const run = this.#start(inner, MediaModel.of(inner), [], [], this.#eras.fresh(), this.#seed);
      const returned: unknown = this.#options.workload(run.region, run.context);
      refusePromise("workload", returned);
      this.#end(run);
    } finally {
      inner.close();
    }
    return {
      seed: this.#seed,
      ...this.#counts,
      distinctImages: this.#images.size - this.#imagesBefore,
      violations: this.#violations,
      persistPoints: this.#points?.list() ?? [],
      milliseconds: performance.now() - started,
    };
  }

  #start(
    inner: Region,
    model: MediaModel,
    steps: readonly CrashStep[],
    expected: readonly Model[],
    era: number,
    seed: number,
  ): Run<Model> {
    const hook = (kind: CrashPoint["kind"], index: number, offset: number, length: number): void =>
      this.#moment(run, { kind, index, offset, length });
    const region = new ModelledRegion(inner, model, hook, this.#points);
    const context = new ExpectingContext<Model>(this.#eras, steps.length, expected, era, () => {
      region.observe();
      hook("expect", region.operations, 0, 0);
    });
    const run: Run<Model> = { steps, region, context, seed, moments: 0, epoch: -1, era: -1 };
    return run;
  }

  /** The program has returned: what it left unflushed shows now. */
  #end(run: Run<Model>): void {
    run.region.observe();
    this.#moment(run, { kind: "end", index: run.region.operations, offset: 0, length: 0 });
  }

  /** Power may fail now: examines the states of the medium, unless neither they nor the expectations are new. */
  #moment(run: Run<Model>, point: CrashPoint): void {
    const crash = run.moments++;
    if (this.#stopped) return;
    if (this.#target !== undefined) {
      if (this.#target[run.steps.length]?.crash === crash) this.#examine(run, crash, point);
      return;
    }
    if (this.#options.at !== "every" && !DRAIN_MOMENTS.has(point.kind)) return;
    const { epoch } = run.region.model;
    const { era } = run.context;
    if (run.epoch === epoch && run.era === era) return;
    run.epoch = epoch;
    run.era = era;
    this.#examine(run, crash, point);
  }

  #examine(run: Run<Model>, crash: number, point: CrashPoint): void {
    const depth = run.steps.length;
    const states = new CrashStates(run.region.model);
    const limit = depth === 0 ? this.#limit : this.#nestedLimit;
    this.#counts.points++;
    if (states.count > limit) this.#counts.sampledPoints++;
    let image = -1;
    for (const _ of walk(states, mixAll(run.seed, crash), limit)) {
      image++;
      this.#counts.states++;
      const wanted = this.#target === undefined ? this.#isNew(states, run) : this.#target[depth].image === image;
      if (!wanted) continue;
      this.#verify(run, states, [...run.steps, { crash, image }], point);
      if (this.#stopped) return;
    }
  }

  /** Whether this image was not verified yet for these expectations with as many crashes allowed to follow. */
  #isNew({ hashA, hashB }: CrashStates, { context, steps }: Run<Model>): boolean {
    this.#images.add(hashA, hashB);
    const follow = this.#nestedDepth - steps.length;
    const a = hashA ^ mixAll(context.era);
    const b = hashB ^ mixAll(context.era, 1);
    for (let more = follow + 1; more <= this.#nestedDepth; more++) {
      if (this.#verified[more].has(a, b)) return false;
    }
    return this.#verified[follow].add(a, b);
  }

  #verify(run: Run<Model>, states: CrashStates, steps: readonly CrashStep[], point: CrashPoint): void {
    const depth = run.steps.length;
    const memory = this.#memory[depth];
    const { expected, era } = run.context;
    const region = memory.open(states, run.region);
    this.#counts.verified++;
    if (depth > 0) this.#counts.nested++;
    const target = this.#target?.length === steps.length;
    let returned: unknown;
    if (target) this.#reached = { image: memory.image(region.length), point, stack: callerStack() };
    try {
      if (depth < this.#nestedDepth && !target) {
        const { crash, image } = steps[depth];
        const next = this.#start(region, memory.model(states), steps, expected, era, mixAll(run.seed, crash, image));
        returned = this.#options.verify(next.region, next.context);
        this.#end(next);
      } else {
        returned = this.#options.verify(region, new ExpectingContext(this.#eras, steps.length, expected, era));
      }
    } catch (error) {
      if (target || this.#target === undefined) this.#report(steps, point, error);
    } finally {
      region.close();
    }
    refusePromise("verify", returned);
    if (target) this.#stopped = true;
  }

  #report(steps: readonly CrashStep[], point: CrashPoint, error: unknown): void {
    this.#counts.violationCount++;
    if (this.#options.stopAtFirst === true) this.#stopped = true;
    if (this.#violations.length >= (this.#options.violationsDescribed ?? 5)) return;
    const replay = formatCrashId({ seed: this.#seed, limit: this.#limit, nestedLimit: this.#nestedLimit, steps });
    this.#violations.push({ replay, point, stack: callerStack(), error });
  }
}

/** @throws TypeError for a promise: what it goes on to do would not be looked at, and its failure would be no violation */
function refusePromise(name: string, returned: unknown): void {
  if (!isPromise(returned)) return;
  // It fails on a region that is closed by then; that is no news.
  returned.catch(() => undefined);
  throw new TypeError(`${name} must be synchronous, and returned a promise; use the synchronous forms in it`);
}
