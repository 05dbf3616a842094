import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readResult } from "../bootstrap/results.mjs";
import { root } from "../repository/files.mjs";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nodemm-bootstrap-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe("a bare machine", () => {
  /** Runs `npm test`'s script with nothing on the PATH but what the test puts into its folder. */
  function bootstrap() {
    return spawnSync(process.execPath, [join(root, "scripts/bootstrap.mjs"), "test"], {
      env: { PATH: folder },
      encoding: "utf8",
    });
  }

  function putTool(name: string, script: string) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  }

  test("without compiler, make and Python gets all three named with one command that brings them", () => {
    const { status, stderr } = bootstrap();
    expect(status).toBe(1);
    expect(stderr).toContain("no C++ compiler");
    expect(stderr).toContain("no make");
    expect(stderr).toContain("no Python");
    expect(stderr).toContain("apt-get install g++ make python3\n");
    expect(stderr).toContain("macOS:   xcode-select --install\n");
  });

  test("with everything but make is told of make alone", () => {
    putTool("g++", "exit 0");
    putTool("python3", "exit 0");
    const { status, stderr } = bootstrap();
    expect(status).toBe(1);
    expect(stderr).toContain("apt-get install make\n");
    expect(stderr).not.toContain("compiler");
  });

  test("with a compiler that lacks the standard library gets the compiler's own words", () => {
    putTool("g++", 'test "$1" = --version || { echo "fatal error: atomic: No such file" >&2; exit 1; }');
    putTool("make", "exit 0");
    putTool("python3", "exit 0");
    const { status, stderr } = bootstrap();
    expect(status).toBe(1);
    expect(stderr).toContain("g++ cannot compile a C++17 program: fatal error: atomic: No such file");
  });
});

describe("a result", () => {
  function put(content: unknown): string {
    const path = join(folder, "result.json");
    writeFileSync(path, JSON.stringify(content));
    return path;
  }

  const report = {
    success: true,
    numPassedTests: 3,
    numFailedTests: 0,
    numPendingTests: 0,
    numTodoTests: 0,
    testResults: [],
  };

  test("that was not written is a failure", () => {
    expect(readResult(join(folder, "none.json"))).toMatchObject({ passed: 0, failed: 1 });
  });

  test("without counts is a failure", () => {
    expect(readResult(put({ passed: "all" }))).toMatchObject({ passed: 0, failed: 1 });
  });

  test("of a runner of our own is taken as it is", () => {
    expect(readResult(put({ passed: 5, failed: 2 }))).toMatchObject({ passed: 5, failed: 2 });
  });

  test("of vitest gives its counts", () => {
    expect(readResult(put({ ...report, numPendingTests: 1 }))).toMatchObject({ passed: 3, failed: 0, skipped: 1 });
  });

  test("of vitest counts a file that could not be loaded as a failure", () => {
    const broken = { status: "failed", message: "cannot import", name: "a.test.ts", assertionResults: [] };
    expect(readResult(put({ ...report, success: false, testResults: [broken] }))).toMatchObject({
      passed: 3,
      failed: 1,
    });
  });

  test("of vitest without success is a failure though every test passed", () => {
    expect(readResult(put({ ...report, success: false }))).toMatchObject({ passed: 3, failed: 1 });
  });
});

describe("a package of Debian's", () => {
  function install(isThere: boolean, apt: string): { output: string; asked: string[] } {
    const log = join(folder, "asked");
    for (const name of ["apt-get", "apt-cache"]) {
      writeFileSync(
        join(folder, name),
        `#!/bin/sh\necho "${name} $*" >> ${log}\n${name === "apt-cache" ? apt : "exit 0"}\n`,
      );
      chmodSync(join(folder, name), 0o755);
    }
    const module = pathToFileURL(join(root, "scripts/bootstrap/debian.mjs")).href;
    const program = `import { installDebianPackage } from "${module}"; installDebianPackage("NumPy", "python3-numpy", ${isThere});`;
    const { stdout } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
      env: { PATH: folder },
      encoding: "utf8",
    });
    return { output: stdout, asked: readFileSync(log, "utf8").trim().split("\n") };
  }

  test("that is there is left alone", () => {
    expect(install(true, "exit 0").asked).not.toContainEqual(expect.stringContaining("install"));
  });

  test.runIf(process.getuid?.() === 0)(
    "that is missing is installed, after the lists if those are missing, too",
    () => {
      const wanted = "apt-get install -y -q --no-install-recommends python3-numpy";
      expect(install(false, "exit 0").asked).toStrictEqual([
        "apt-get --version",
        "apt-cache show python3-numpy",
        wanted,
      ]);
      expect(install(false, "exit 1").asked.slice(-2)).toStrictEqual(["apt-get update -q", wanted]);
    },
  );

  test.runIf(process.getuid?.() !== 0)("that is missing is named, with what to do, where it takes root", () => {
    expect(install(false, "exit 0").output).toContain("apt-get install python3-numpy");
  });
});
