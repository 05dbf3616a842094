import type { Shelf } from "../../src/index.ts";
import type { Expect } from "./explore.ts";
import { contentOf } from "./workload.ts";

/** Does `change`, which must turn the shelf's content into `content`. */
export function step(shelf: Shelf, expect: Expect, content: readonly [string, unknown][], change: () => void): void {
  expect(contentOf(shelf), contentOf(content));
  change();
  expect(contentOf(content));
}
