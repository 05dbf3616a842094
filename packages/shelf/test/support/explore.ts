import { dram, type ExploreOptions } from "@nodemm/emulator";
import type { Granularity } from "@nodemm/pmem-native";
import { openShelf, type Shelf } from "../../src/index.ts";
import { contentOf } from "./workload.ts";

/** The smallest shelf: a small catalog and lane mean that compaction and spilling happen often. */
export const shelfBytes: number = 64 * 1024;

/** What to do on a shelf whose region may lose power at any moment; the context is told before and after each change. */
export type Scenario = (shelf: Shelf, expect: (...contents: string[]) => void) => void;

/**
 * Explores a scenario, the creation of the shelf included: every crash state must open, hold exactly what is expected,
 * and take a change.
 */
export function shelfExploration(
  scenario: Scenario,
  options: Partial<ExploreOptions<string>> & { readonly granularity?: Granularity } = {},
): ExploreOptions<string> {
  const { granularity = "cache-line", ...rest } = options;
  return {
    create: () => dram({ size: shelfBytes, granularity }),
    workload(region, context) {
      context.expect("");
      const shelf = openShelf(region);
      scenario(shelf, (...contents) => context.expect(...contents));
      shelf.close();
    },
    verify(region, context) {
      const shelf = openShelf(region);
      const content = contentOf(shelf);
      if (!context.expected.includes(content)) {
        throw new Error(`recovered\n${content}\nexpected one of\n${context.expected.join("\n--\n")}`);
      }
      context.expect(content);
      if (context.crashes > 1) return;
      // The recovered shelf takes more work, and that survives as well.
      context.expect(content, contentOf([...shelf, ["after the crash", 1]]));
      shelf.set("after the crash", 1);
      context.expect(contentOf(shelf));
      shelf.close();
    },
    ...rest,
  };
}
