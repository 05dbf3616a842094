import { expect, test } from "vitest";
import { mapFile } from "../src/index.ts";
import { runScript } from "./support/child.ts";
import { freshPath } from "./support/folders.ts";

function hasSharedViews(): boolean {
  const region = mapFile(freshPath("memory"), { mode: "create", size: 4096 });
  const { sharedViews } = region;
  region.close();
  return sharedViews;
}

test.runIf(hasSharedViews())(
  "shared views keep their extent while any thread holds them, and reach nothing once the region is closed",
  () => {
    const { reports, stderr, status } = runScript("shared-views.mjs", [freshPath("memory")], { node: ["--expose-gc"] });
    expect(status, stderr).toBe(0);
    expect(reports).toEqual([
      { collected: { before: true, gone: true } },
      { heldElsewhere: { whileHeld: true, gone: true } },
      { closedUnderWorkers: { untouched: true } },
      { openerEnded: { shared: 7, zeros: true, kept: true } },
      { forgotten: { warned: true, whileHeld: false, gone: true, left: true } },
    ]);
  },
);

test.runIf(!hasSharedViews())("where Node has no shared views, asking for one says which Node has them", () => {
  const region = mapFile(freshPath("memory"), { mode: "create", size: 4096 });
  expect(() => region.sharedView(0, 64)).toThrow(
    expect.objectContaining({ code: "ERR_PMEM_UNSUPPORTED", message: expect.stringMatching(/Node 22\.23/u) }),
  );
  region.close();
});
