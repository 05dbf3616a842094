import { expect, test } from "vitest";
import { runScript } from "./support/child.ts";
import { freshPath } from "./support/folders.ts";

test("a file truncated under a running loop does not end the process: zeros, then ERR_PMEM_FAULT with the offset", () => {
  const { reports, signal, stderr } = runScript("truncated.mjs", [freshPath()]);
  expect(signal, stderr).toBe(null);
  const fault = { name: "PmemError", code: "ERR_PMEM_FAULT" };
  expect(reports).toEqual([
    { step: "before", sum: 100 * 4096 },
    { step: "loop", kept: 4096 * 2, zeros: 98 * 4096 },
    {
      step: "methods",
      view: expect.objectContaining(fault),
      crc32c: expect.objectContaining(fault),
      persist: expect.objectContaining({ ...fault, message: expect.stringMatching(/offset 8192 .*truncated/u) }),
      drain: expect.objectContaining(fault),
      copy: expect.objectContaining(fault),
      fill: expect.objectContaining(fault),
      grow: expect.objectContaining(fault),
      sameError: true,
    },
    { step: "closed", bytes: 0 },
  ]);
});

test("a fault inside a native call is that call's error", () => {
  const { reports, signal, stderr } = runScript("truncated-native.mjs", [freshPath()]);
  expect(signal, stderr).toBe(null);
  const fault = expect.objectContaining({ code: "ERR_PMEM_FAULT" });
  expect(reports).toEqual([
    { call: "crc32c", outcome: fault },
    { call: "fill", outcome: fault },
    { call: "copy", outcome: fault },
  ]);
});

test("SIGBUS sent to the process ends it as it would without us", () => {
  expect(runScript("send-sigbus.mjs", [freshPath()]).signal).toBe("SIGBUS");
});

test("SIGBUS sent to the process after the last worker that used a region reaches the process's own listener", () => {
  const { reports, signal, stderr } = runScript("signal-after-workers.mjs", []);
  expect(signal, stderr).toBe(null);
  expect(reports).toEqual([{ heard: "SIGBUS" }]);
});
