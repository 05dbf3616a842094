import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { memfd } from "../src/index.ts";
import { findKeeper } from "../src/keeper/keepers.ts";
import { readUsage } from "../src/keeper/usage.ts";
import { beginCommand, command, hold, kill, useOwnKeepers } from "./support/programs.ts";

const place = useOwnKeepers();

test("start makes a memory that programs open by name, list shows it, stop ends it", () => {
  const started = command("start", "first", "--size", "3MiB");
  expect(started).toMatchObject({ status: 0, stderr: "" });
  expect(started.stdout).toMatch(/^first: 3 MiB on usual pages, kept by process \d+\.\n/u);
  expect(started.stdout).toContain(`as a file: ${place.folder}/first\n`);
  const region = memfd({ name: "first" });
  expect(region.length).toBe(3 * 2 ** 20);
  region.close();
  expect(command("list").stdout).toMatch(/first.*3 MiB.*usual pages.*no/u);
  expect(command("stop", "first")).toMatchObject({ status: 0, stdout: "Ended: first.\n", stderr: "" });
  expect(command("list").stdout).toMatch(/No memory is kept for this user.*nodemm-emulator start/u);
});

test("--json prints what a program can read, and nothing else", () => {
  const one = JSON.parse(command("start", "b", "--size", "2097152", "--huge-pages", "--json").stdout) as object;
  expect(one).toMatchObject({ name: "b", sizeBytes: 2_097_152, inUse: false, path: `${place.folder}/b` });
  const two = JSON.parse(command("start", "a", "--size", "4096", "--json").stdout) as object;
  expect(JSON.parse(command("list", "--json").stdout)).toEqual([two, one]);
  expect(JSON.parse(command("stop", "--all", "--json").stdout)).toEqual([two, one]);
  expect(JSON.parse(command("list", "--json").stdout)).toEqual([]);
  expect(JSON.parse(command("stop", "--all", "--json").stdout)).toEqual([]);
});

test("--version is that of the package", () => {
  const manifest = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  const { version } = JSON.parse(manifest) as { version: string };
  expect(command("--version")).toMatchObject({ status: 0, stdout: `${version}\n`, stderr: "" });
});

test("a memory in use is not taken away without --force", async () => {
  command("start", "busy", "--size", "4096");
  const holder = await hold(`memfd({ name: "busy" }); console.log("held");`);
  const refused = command("stop", "--all");
  expect(refused).toMatchObject({ status: 1, stdout: "" });
  expect(refused.stderr).toMatch(/"busy" is in use.*--force/u);
  expect(JSON.parse(command("list", "--json").stdout)).toMatchObject([{ name: "busy", inUse: true }]);
  expect(command("stop", "busy", "--force").status).toBe(0);
  await kill(holder);
  expect(command("list", "--json").stdout).toBe("[]\n");
});

test("a memory that is being ended is opened by nobody any more", async () => {
  command("start", "ending", "--size", "4096");
  const keeper = findKeeper("ending")!;
  // A keeper that is suspended takes its time.
  process.kill(keeper.processId, "SIGSTOP");
  const stop = beginCommand("stop", "ending");
  while (readUsage(keeper)?.inUse === false) await sleep(5);
  expect(readUsage(keeper)?.inUse).toBe(true);
  expect(() => memfd({ name: "ending" })).toThrow(expect.objectContaining({ code: "ERR_PMEM_LOCKED" }));
  expect(await stop).toBe(0);
  expect(() => memfd({ name: "ending" })).toThrow(expect.objectContaining({ code: "ERR_PMEM_NOT_FOUND" }));
});

test("mistakes are told from failures, and each says what to do", () => {
  command("start", "there", "--size", "4096");
  const failures: [string[], RegExp][] = [
    [["start", "there", "--size", "4096"], /kept already.*nodemm-emulator stop there/u],
    [["stop", "absent"], /no memory "absent".*kept are: there/u],
    [["start", "large", "--size", "4000TiB"], /are needed/u],
  ];
  const mistakes: [string[], RegExp][] = [
    [[], /Usage/u],
    [["strat"], /Did you mean start/u],
    [["start", "x"], /--size/u],
    [["start", "x", "--size", "big"], /"big" is not understood.*MiB/u],
    [["start", "no/slash", "--size", "4096"], /letters, digits/u],
    [["stop"], /a name or --all/u],
    [["stop", "there", "--all"], /a name or --all/u],
    [["list", "--jsno"], /Did you mean --json/u],
  ];
  for (const [status, cases] of [
    [1, failures],
    [2, mistakes],
  ] as const) {
    for (const [parameters, words] of cases) {
      const { stderr, ...rest } = command(...parameters);
      expect(rest, parameters.join(" ")).toMatchObject({ status, stdout: "" });
      expect(stderr).toMatch(words);
    }
  }
  expect(command("--help")).toMatchObject({ status: 0, stderr: "" });
  expect(command("stop", "--all").status).toBe(0);
});
