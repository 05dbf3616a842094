import { spawnSync } from "node:child_process";
import { mkdtempSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { memfd } from "@nodemm/emulator";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openShelf } from "../src/index.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "nodemm-keepers-"));
  process.env["NODEMM_KEEPER_FOLDER"] = folder;
});

afterAll(() => {
  const keeper = /\d+/u.exec(readlinkSync(join(folder, "training")))![0];
  process.kill(Number(keeper), "SIGKILL");
  rmSync(folder, { recursive: true });
});

test("PyMM: emulation on DRAM, the same variables over and over: a shelf on kept memory goes on where a killed program left it, by name and by path", () => {
  for (let run = 0; run < 3; run++) {
    const program = `
      import { memfd } from "@nodemm/emulator";
      import { openShelf } from "@nodemm/shelf";
      const shelf = openShelf(memfd({ name: "training", size: "4 MiB" }));
      shelf.vars.runs = (shelf.vars.runs ?? 0) + 1;
      shelf.vars.data = new Uint8Array(100_000).fill(shelf.vars.runs);
      process.kill(process.pid, "SIGKILL");`;
    const { signal, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
      cwd: import.meta.dirname,
      encoding: "utf8",
    });
    expect(signal, stderr).toBe("SIGKILL");
  }
  for (const place of [memfd({ name: "training" }), join(folder, "training")]) {
    using shelf = openShelf<{ runs: number; data: Uint8Array }>(place);
    expect(shelf.vars.runs).toBe(3);
    expect(shelf.vars.data.every((byte) => byte === 3)).toBe(true);
  }
});
