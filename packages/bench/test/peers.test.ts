import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { cPeer } from "../src/peers/c.ts";
import { startChild } from "../src/peers/child.ts";
import { pythonPeer } from "../src/peers/python.ts";
import { makeScratchDirectory, removeScratchDirectory } from "../src/scratch.ts";
import { isAbsent } from "../src/workload.ts";

let directory = "";
beforeEach(() => {
  directory = makeScratchDirectory(tmpdir());
});
afterEach(() => {
  removeScratchDirectory(directory);
});

function write(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

function node(program: string): { command: string; arguments: string[] } {
  return { command: process.execPath, arguments: ["-e", program] };
}

const ECHO = `
  console.log("ready power-failure (fsync)");
  let n = 0;
  require("readline").createInterface({ input: process.stdin }).on("line", () => console.log(++n * 1.5));
`;

describe("child contenders", () => {
  it("a child answers one figure a sample and leaves at end of input", async () => {
    const runner = await startChild(node(ECHO));
    expect(runner.durability).toBe("power-failure (fsync)");
    expect(await runner.sample()).toBe(1.5);
    expect(await runner.sample()).toBe(3);
    await runner.stop!();
  });
  it("a child that dies says so, with what it wrote to stderr", async () => {
    await expect(startChild(node(`console.error("no space"); process.exit(3)`))).rejects.toThrow(
      /exit code 3.*no space/,
    );
  });
  it("a child that dies between samples fails the sample", async () => {
    const runner = await startChild(node(`console.log("ready x"); setTimeout(() => process.exit(4), 50)`));
    await expect(runner.sample()).rejects.toThrow("exit code 4");
    await runner.stop!();
  });
  it("a program that does not exist fails the start", async () => {
    await expect(startChild({ command: join(directory, "missing") })).rejects.toThrow("could not be started");
  });
  it("a child that does not greet is refused", async () => {
    await expect(startChild(node(`console.log("hello")`))).rejects.toThrow('expected "ready <durability>"');
  });
});

describe("C peers", () => {
  const main = `int main(int argc, char **argv) { nodemm_serve("none", sample, NULL); return argc > 9 && argv == NULL; }`;
  const options = { name: "C", needs: "libunheardof-dev", arguments: () => [] };

  it("a C program is compiled when the benchmark runs and sampled like any other", async () => {
    const source = write(
      "peer.c",
      `#include "nodemm_sample.h"\nstatic double sample(void *s) { (void)s; return nodemm_seconds() > 0 ? 2.5 : 0; }\n${main}`,
    );
    const started = await cPeer({ ...options, source }).start({ quick: true });
    if (isAbsent(started)) throw new Error(started.absent);
    expect(await started.sample()).toBe(2.5);
    await started.stop!();
  });
  it("a missing header makes the peer absent, named by its package", async () => {
    const source = write("peer.c", "#include <libunheardof.h>\nint main(void) { return 0; }");
    const started = await cPeer({ ...options, source }).start({ quick: true });
    expect(started).toEqual({ absent: expect.stringMatching(/libunheardof-dev is not installed/) });
  });
  it("a missing library makes the peer absent, named by its package", async () => {
    const source = write("peer.c", "int main(void) { return 0; }");
    const started = await cPeer({ ...options, source, libraries: ["unheardof"] }).start({ quick: true });
    expect(started).toEqual({ absent: expect.stringMatching(/libunheardof-dev is not installed/) });
  });
});

describe("Python peers", () => {
  it("a missing module makes the peer absent, named by its package", async () => {
    const source = write("peer.py", "");
    const options = { name: "numpy", source, module: "unheardof", needs: "python3-unheardof", arguments: () => [] };
    const started = await pythonPeer(options).start({ quick: true });
    expect(started).toEqual({ absent: expect.stringMatching(/python3-unheardof is not installed|no python3/) });
  });
});
