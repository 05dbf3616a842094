import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { dependencies, moduleFiles } from "../src/images/modules.ts";

let folder: string;

function put(name: string, needed: string): void {
  writeFileSync(join(folder, "kernel", `${name}.ko`), `\u007FELF license=GPL\0depends=${needed}\0name=x\0`);
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nodemm-modules-"));
  mkdirSync(join(folder, "kernel"));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

test("each module comes after all that it needs, once, and names with either sign are the same", () => {
  put("top", "left-side,right_side");
  put("left_side", "base");
  put("right-side", "base");
  put("base", "");
  const names = moduleFiles(folder, ["top", "base", "built_in"]).map((path) => basename(path));
  expect(names).toEqual(["base.ko", "left_side.ko", "right-side.ko", "top.ko"]);
});

test("a module that says nothing depends on nothing", () => {
  expect(dependencies("license=GPL\0")).toEqual([]);
});
