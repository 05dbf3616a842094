import { expect, test } from "vitest";
import { mapFile, type PmemError } from "../src/index.ts";
import { runScript } from "./support/child.ts";
import { freshPath } from "./support/folders.ts";

test("views may overlap, and each stays whole when another goes", () => {
  const region = mapFile(freshPath(), { mode: "create", size: 65_536 });
  const views = Array.from({ length: 200 }, (_, index) => new Uint8Array(region.view(index * 100, 4096)));
  for (const [index, view] of views.entries()) view[0] = index;
  for (const [index, view] of views.entries()) {
    if (index % 2 === 0) region.releaseView(view.buffer);
  }
  const facts = views.map((view) => [view.length, view[0]]);
  expect(facts).toEqual(views.map((_, index) => (index % 2 === 0 ? [0, undefined] : [4096, index])));
  region.close();
  expect(views.every((view) => view.length === 0)).toBe(true);
});

test("a view over more than this runtime allows is ERR_PMEM_VIEW_TOO_LARGE, and the region goes on", () => {
  const { reports, stderr } = runScript("large-view.mjs", [freshPath("memory")]);
  const large = { thrown: false, value: 2 ** 32 + 4096 };
  const refused = expect.objectContaining({
    code: "ERR_PMEM_VIEW_TOO_LARGE",
    message: expect.stringMatching(/Node 22/u),
  });
  const modern = Number(process.versions.node.split(".")[0]) >= 22;
  expect(reports, stderr).toEqual([{ large: modern ? large : refused, after: 4096 }]);
});

test("views keep the memory when the region is collected unclosed, with a warning; then it is all given back", () => {
  const { reports, stderr, status } = runScript("collected.mjs", [freshPath()], { node: ["--expose-gc"] });
  expect(status, stderr).toBe(0);
  expect(reports).toEqual([
    { step: "region collected", warning: "PMEM_UNCLOSED_REGION", bytes: [9, 9], reopened: "ERR_PMEM_LOCKED" },
    { step: "view collected", reopened: [9, 9] },
  ]);
});

test("opening and closing in one turn of the event loop does not use up the address space", () => {
  const path = freshPath("memory");
  mapFile(path, { mode: "create", size: 4096 }).close();
  const capacities = Array.from({ length: 500 }, (_, round) => {
    const region = mapFile(path);
    new Uint8Array(region.view(0, 4096))[0] = round;
    region.close();
    return region.capacity;
  });
  // Where a view was live, a few pages stay until its finalizer has run, in a later turn: the rest is given back at once.
  expect(Math.min(...capacities)).toBeGreaterThanOrEqual(2 ** 36);
});

test("a thousand views made, collected and made again leave nothing behind", () => {
  const { reports, stderr, status } = runScript("many-views.mjs", [freshPath("memory")], { node: ["--expose-gc"] });
  expect(status, stderr).toBe(0);
  expect(reports).toEqual([{ wrong: 0, closed: true }]);
});

test("a transferred view never reaches another file's bytes, and never faults, after close", () => {
  const { reports, stderr, signal } = runScript("transferred.mjs", [freshPath("memory")]);
  expect(signal, stderr).toBe(null);
  expect(reports).toEqual([{ foreignBytes: 0 }]);
});

test("workers that end in the middle of everything do no harm", () => {
  const { reports, stderr, status } = runScript("ending-workers.mjs", [freshPath("memory")]);
  expect(status, stderr).toBe(0);
  expect(reports).toEqual([{ rounds: 12, reopened: true }]);
});

test("a region that its environment has closed says so from every method", () => {
  const region = mapFile(freshPath(), { mode: "create", size: 4096 });
  region.close();
  expect(() => region.view(0, 1)).toThrow(expect.objectContaining({ code: "ERR_PMEM_CLOSED" }) as PmemError);
  expect(region.length).toBe(4096);
});
