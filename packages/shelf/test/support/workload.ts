import type { CrashContext } from "@nodemm/emulator";
import { type Model, RandomSteps, type Scale, type WorkedShelf } from "./operations.ts";
import { Random } from "./random.ts";
import { shown } from "./values.ts";

/** What a shelf holds, in order, as text: two shelves are equal if their contents are. */
export function contentOf(entries: Iterable<readonly [string, unknown]>): string {
  let content = "";
  for (const [name, value] of entries) content += `${name}=${shown(value)}\n`;
  return content;
}

const smallScale: Scale = {
  names: ["a", "b", "weights", "a longer name that takes some room"],
  numberLimit: 1000,
  wordsLimit: 40,
  bytesLimits: [300],
  changeBytesMax: [200],
  growsTo: 80 * 1024,
};

/** A seeded run of operations over the whole interface of a shelf, beside a model of it. */
export class RandomWorkload {
  readonly model: Model = new Map();
  readonly #steps: RandomSteps;

  constructor(seed: number, scale: Scale = smallScale) {
    this.#steps = new RandomSteps(new Random(seed), scale);
  }

  get content(): string {
    return contentOf(this.model);
  }

  /** Does `count` operations, telling the context before and after each what a crash may leave. */
  run(shelf: WorkedShelf, context: Pick<CrashContext<string>, "expect">, count: number): void {
    for (let done = 0; done < count; done++) {
      const step = this.#steps.next();
      const before = this.content;
      step.model(this.model);
      context.expect(before, this.content);
      step.shelf(shelf);
      context.expect(this.content);
    }
  }
}
