import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";

import { audit } from "../src/audit.ts";
import { doNextJob, openBank } from "../src/bank.ts";

test("workers that are killed over and over lose no job and do none twice", () => {
  const main = fileURLToPath(new URL("../dist/main.js", import.meta.url));
  const output = execFileSync(process.execPath, [main, "300", "4"], { encoding: "utf8" });
  expect(output).toContain("4 workers killed");
  expect(output).toContain("300 jobs done");
  expect(output).toContain("no job was lost, and none was done twice");
});

test.each([
  ["abc", "1", "jobs"],
  ["10", "-1", "kills"],
])("what is no number of jobs or kills is refused, not taken for none: %s %s", (jobs, kills, what) => {
  const main = fileURLToPath(new URL("../dist/main.js", import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, jobs, kills], { encoding: "utf8" });
  expect([status, stdout]).toStrictEqual([1, ""]);
  expect(stderr).toContain(`${what}: expected a whole number of 0 or more, found`);
});

test("the audit notices money that moved without its job, and a job that is missing", () => {
  const folder = mkdtempSync(join(tmpdir(), "work-queue-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const jobs = [
    { from: 0, to: 1, amount: 10 },
    { from: 1, to: 2, amount: 5000 },
  ];
  const shelf = openBank(join(folder, "bank.shelf"), jobs);
  expect(audit(shelf, jobs)[0]).toBe("jobs left: 2, expected 0");
  for (const _ of jobs) doNextJob(shelf);
  expect(audit(shelf, jobs)).toStrictEqual([]);
  expect(shelf.vars.refused.toArray()).toStrictEqual([jobs[1]]);
  shelf.vars.balances[5] += 1;
  shelf.vars.done++;
  expect(audit(shelf, jobs)).toStrictEqual(["jobs done: 3, expected 2", "account 5: 1001, expected 1000"]);
  shelf.close();
});
