import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runScript, scriptPath } from "./support/child.ts";
import { freshFolder, freshPath } from "./support/folders.ts";

test("where the runtime forbids external buffers, view says so, again and again, and what needs none works", () => {
  const library = join(freshFolder(), "no-external-buffers.so");
  const flags = ["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", library];
  execFileSync(process.env["CC"] ?? "gcc", [...flags, scriptPath("no-external-buffers.c")]);
  const { reports, stderr, status } = runScript("no-external-buffers.mjs", [freshPath("memory")], {
    env: { LD_AUDIT: library },
  });
  expect(status, stderr).toBe(0);
  const forbidden = {
    thrown: true,
    name: "PmemError",
    code: "ERR_PMEM_UNSUPPORTED",
    message: expect.stringMatching(/forbids ArrayBuffers over outside memory.*use plain Node\.js/u),
  };
  expect(reports).toEqual([
    { view: forbidden, empty: { thrown: false, value: 0 } },
    { crc32c: 0xe3069283, read: "123456789" },
    { closed: true },
  ]);
});
