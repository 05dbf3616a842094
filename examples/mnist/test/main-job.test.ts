import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { Result } from "../src/main-job.ts";

const MAIN = fileURLToPath(new URL("../dist/main.js", import.meta.url));
/** A training short enough for a test, still long enough to be killed in. */
const SHORT = ["--images", "3000", "--epochs", "4", "--size", "32 MiB", "--accuracy", "80"];

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "nodemm-mnist-"));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

function run(...args: string[]): { code: number | null; output: string; complaint: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, "--path", directory, ...args], {
    encoding: "utf8",
  });
  return { code: status, output: stdout, complaint: stderr };
}

describe("the main job", () => {
  it("a training killed five times ends bit-identical to one never interrupted, from images placed once", () => {
    const { code, output, complaint } = run(...SHORT, "--kills", "5", "--json");
    expect(complaint).toBe("");
    const result = JSON.parse(output) as Result;
    expect(result.claims.filter((claim) => !claim.holds)).toEqual([]);
    expect(code).toBe(0);
    expect(result.fingerprint).toBe(result.uninterruptedFingerprint);
    expect(result.lives.map((life) => life.ended)).toEqual([...Array<string>(5).fill("killed"), "finished"]);
    expect(result.lives.map((life) => life.opened.dataSet)).toEqual(["placed", ...Array<string>(5).fill("found")]);
    for (const [index, life] of result.lives.slice(1).entries()) {
      expect([0, 1]).toContain(life.opened.step - result.lives[index].acknowledgedStep);
    }
    expect(readdirSync(directory)).toEqual([]);
  }, 120_000);

  it("a claim that does not hold fails the command, which says which; --keep leaves the shelf", () => {
    const { code, output } = run(...SHORT, "--kills", "1", "--accuracy", "100", "--keep");
    expect(code).toBe(1);
    expect(output).toContain("FAIL  accuracy");
    expect(output).toContain("ok    bit-identical");
    expect(readdirSync(directory)).toEqual(["mnist.shelf"]);
  }, 120_000);

  it("a file that is there already is refused and left as it is", () => {
    const path = join(directory, "mnist.shelf");
    writeFileSync(path, "mine");
    const { code, complaint } = run(...SHORT);
    expect(code).toBe(2);
    expect(complaint).toContain(`${path} is there already`);
    expect(readFileSync(path, "utf8")).toBe("mine");
  });

  it("a shelf too small for the data set fails with the shelf's own error, and no file is left", () => {
    const { code, complaint } = run("--size", "1 MiB");
    expect(code).toBe(1);
    expect(complaint).toContain("ERR_SHELF_NO_SPACE");
    expect(existsSync(join(directory, "mnist.shelf"))).toBe(false);
  });
});
