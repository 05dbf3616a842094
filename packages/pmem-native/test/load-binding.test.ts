import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { PmemError } from "../src/index.ts";
import { load, loadBinding } from "../src/load-binding.ts";
import { runScript } from "./support/child.ts";
import { freshFolder } from "./support/folders.ts";

function errorOf(folder: string): PmemError {
  try {
    load(folder);
  } catch (error) {
    return error as PmemError;
  }
  throw new Error("the addon was loaded");
}

test("a package without an addon says ERR_PMEM_NO_BINDING and how to build one", () => {
  const folder = freshFolder();
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "empty" }));
  const error = errorOf(folder);
  expect(error).toBeInstanceOf(PmemError);
  expect(error).toMatchObject({ code: "ERR_PMEM_NO_BINDING", source: folder, cause: expect.anything() });
  expect(error.message).toMatch(/node-gyp rebuild/u);
  expect(error.message).toContain(`${process.platform}-${process.arch}`);
});

test("an addon that cannot be loaded says ERR_PMEM_NO_BINDING with the reason", () => {
  const folder = freshFolder();
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "broken" }));
  mkdirSync(join(folder, "build/Release"), { recursive: true });
  cpSync(import.meta.filename, join(folder, "build/Release/broken.node"));
  expect(errorOf(folder)).toMatchObject({
    code: "ERR_PMEM_NO_BINDING",
    message: expect.stringMatching(/broken\.node/u),
  });
});

test("the addon of this package is loaded once", () => {
  expect(loadBinding()).toBe(loadBinding());
});

test("the addon's functions are found without looking for their names at each call", () => {
  const { reports, stderr } = runScript("fast-binding.mjs", [], { node: ["--allow-natives-syntax"] });
  expect(reports, stderr).toEqual([{ fast: true, frameFound: true }]);
});
