import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openShelf } from "@nodemm/shelf";
import { afterEach, beforeEach, expect, test } from "vitest";
import { contentAfter } from "../guest/cut-workload.ts";
import { Acknowledged } from "../src/acknowledged.ts";

const writer = join(import.meta.dirname, "../dist/guest/cut-writer.js");
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nodemm-cuts-"));
  mkdirSync(join(folder, "made"));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function orders(operations?: number): string {
  const places = ["one", "two"].map((name) => ({ name, path: join(folder, name) }));
  return JSON.stringify({ seed: 7, places, folder: join(folder, "made"), operations });
}

/** Runs a writer to its end, and has its lines heard. */
function write(acknowledged: Acknowledged, operations: number): string {
  acknowledged.begin();
  const { stdout, stderr } = spawnSync(process.execPath, [writer, orders(operations)], { encoding: "utf8" });
  expect(stderr).toBe("");
  for (const line of stdout.trim().split("\n")) acknowledged.hear(line);
  return stdout;
}

test("a writer finds what writers before it made, killed ones too, and goes on from there", async () => {
  const acknowledged = new Acknowledged();
  write(acknowledged, 40);
  expect(acknowledged.operations).toBe(2 * 41);
  acknowledged.begin();
  const killed = spawn(process.execPath, [writer, orders()], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  killed.stdout.setEncoding("utf8").on("data", (more: string) => {
    text += more;
    if (text.includes("done two 60")) killed.kill("SIGKILL");
  });
  await once(killed, "close");
  for (const line of text.split("\n").slice(0, -1)) acknowledged.hear(line);
  const found = /found one (?<count>\d+)/u.exec(write(acknowledged, 1))!.groups!["count"];
  expect(Number(found)).toBeGreaterThanOrEqual(60);
  expect(acknowledged.looked(2)).toBe(true);
  acknowledged.assertWhole();
});

test("a value that no operation made is found, and named", () => {
  const acknowledged = new Acknowledged();
  write(acknowledged, 20);
  {
    using shelf = openShelf(join(folder, "two"));
    shelf.set("name 3", "never written");
  }
  expect(write(acknowledged, 1)).toMatch(/^broken two "name 3" is not what it was after 20 operations$/mu);
  expect(() => {
    acknowledged.assertWhole();
  }).toThrow(/name 3/u);
});

test("an acknowledged operation that is gone is found, though what is left is whole", () => {
  const acknowledged = new Acknowledged();
  write(acknowledged, 20);
  copyFileSync(join(folder, "one"), join(folder, "older"));
  write(acknowledged, 5);
  copyFileSync(join(folder, "older"), join(folder, "one"));
  expect(write(acknowledged, 1)).toMatch(/^found one 20$/mu);
  expect(() => {
    acknowledged.assertWhole();
  }).toThrow("one: operation 25 was acknowledged, found only 20");
});

test("a shelf that is empty again is found", () => {
  const acknowledged = new Acknowledged();
  write(acknowledged, 3);
  rmSync(join(folder, "one"));
  write(acknowledged, 1);
  expect(() => {
    acknowledged.assertWhole();
  }).toThrow("one: the shelf was empty again");
});

test("the same operations make the same content, and later ones another", () => {
  expect(contentAfter(3, 50)).toEqual(contentAfter(3, 50));
  expect(contentAfter(3, 50)).not.toEqual(contentAfter(3, 51));
  expect(contentAfter(3, 50)).not.toEqual(contentAfter(4, 50));
});
