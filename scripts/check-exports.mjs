// Packs every published package and lets publint and attw judge the tarball: what the registry would get.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pack } from "./repository/pack.mjs";
import { listPublished } from "./repository/packages.mjs";

/** The ways of resolving an import that the packages do not serve: they are ES modules only. */
const unserved = ["node10", "node16-cjs"];

/**
 * @param {string} tarball
 * @returns {string} what is wrong, or nothing
 */
function judgeWithPublint(tarball) {
  const { status, stdout, stderr } = spawnSync("publint", ["--strict", tarball], { encoding: "utf8" });
  return status === 0 ? "" : stdout + stderr;
}

/**
 * Reads attw's report rather than its exit code, which counts some problems of the resolutions that it was told to leave
 * out.
 *
 * @param {string} tarball
 * @returns {string} what is wrong, or nothing
 */
function judgeWithAttw(tarball) {
  const args = ["--profile", "esm-only", "--format", "json", tarball];
  const { stdout, stderr } = spawnSync("attw", args, { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
  if (!stdout.startsWith("{")) return stdout + stderr;
  /** @type {Record<string, { resolutionKind?: string, resolutionOption?: string }[]>} */
  const problems = JSON.parse(stdout).problems ?? {};
  const served = Object.values(problems)
    .flat()
    .filter(({ resolutionKind, resolutionOption }) => !unserved.includes(resolutionKind ?? resolutionOption ?? ""));
  return served.map((problem) => `${JSON.stringify(problem)}\n`).join("");
}

const folder = mkdtempSync(join(tmpdir(), "nodemm-exports-"));
try {
  for (const each of listPublished()) {
    const tarball = pack(each, folder);
    const wrong = judgeWithPublint(tarball) + judgeWithAttw(tarball);
    if (wrong === "") continue;
    process.stdout.write(`${each.manifest.name}\n${wrong}\n`);
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true });
}
