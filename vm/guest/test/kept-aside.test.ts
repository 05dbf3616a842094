import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkShelf, openShelf } from "@nodemm/shelf";
import { expect, test } from "vitest";
import { fillWithOthers, variablesOn, type BadRange } from "./aside.ts";

const path = join(tmpdir(), "aside.shelf");

test("what was set aside stays so after a restart, of which the kernel knows of no bad place", () => {
  const bad = JSON.parse(readFileSync(join(tmpdir(), "bad.json"), "utf8")) as BadRange[];
  expect(bad).toHaveLength(2);
  expect(checkShelf(path, { data: true })).toMatchObject({ ok: true, findings: [] });
  using shelf = openShelf(path);
  expect(shelf.get("last")).toEqual({ kept: true });
  for (const name of [...shelf.keys()]) if (name.startsWith("filler")) shelf.delete(name);
  shelf.compact({ detachViews: true });
  fillWithOthers(shelf);
  expect(shelf.size).toBeGreaterThan(10);
  expect(variablesOn(shelf, bad)).toEqual(["quarantine", "quarantine"]);
});
