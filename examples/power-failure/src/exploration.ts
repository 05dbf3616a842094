import { dram, type ExploreOptions } from "@nodemm/emulator";
import { Queue, queueBytes } from "./queue.ts";

/** What the simulator needs to know of a queue: how it is used, and what a power failure may leave of it. */
export function queueExploration(isHasty: boolean): ExploreOptions<string> {
  return {
    create: () => dram({ size: queueBytes }),
    workload(region, context) {
      const queue = new Queue(region, isHasty);
      const model: string[] = [];
      const step = (change: (texts: string[]) => void, operation: () => void): void => {
        const before = model.join();
        change(model);
        context.expect(before, model.join()); // cut short: it has happened, or it has not
        operation();
        context.expect(model.join()); // returned: it has happened
      };
      context.expect("");
      for (const text of ["first", "a second text that is longer", "third", "fourth", "fifth"]) {
        step(
          (texts) => texts.push(text),
          () => queue.put(text),
        );
        if (model.length > 2) {
          step(
            (texts) => texts.shift(),
            () => queue.take(),
          );
        }
      }
    },
    verify(region, context) {
      const queue = new Queue(region, isHasty);
      const found = queue.texts().join();
      if (!context.expected.includes(found)) {
        throw new Error(`the queue holds ${JSON.stringify(found)}, expected ${JSON.stringify(context.expected)}`);
      }
      // What was found must stay, and the queue must go on.
      context.expect(found);
      if (context.crashes > 1) return;
      context.expect(found, [found, "after"].filter((text) => text !== "").join());
      if (queue.texts().length < 4) queue.put("after");
    },
    nestedDepth: 1,
  };
}
