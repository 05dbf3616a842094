/**
 * `pnpm --filter <package> make-prebuilds`: builds a package's addon for every platform that a release carries one
 * for, with prebuildify, and checks the result. Works on a copy of the sources, since a build in the package's folder
 * would take the addon away from programs that run. `--only linux-arm64` and the like build those alone, and check
 * nothing.
 *
 * The addon for musl is the same code, linked without naming glibc: what it asks for is in both C libraries.
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { packageFolder, targets, toolPrefix } from "./prebuild-targets.mjs";
import { verifyPrebuilds } from "./verify-prebuilds.mjs";

const require = createRequire(join(packageFolder, "package.json"));
const prebuildify = join(dirname(require.resolve("prebuildify/package.json")), "bin.js");
const headers = dirname(dirname(process.execPath));

const { only } = parseArgs({ options: { only: { type: "string" } } }).values;
const chosen = targets.filter(({ name }) => only === undefined || name.startsWith(only));
const folder = mkdtempSync(join(tmpdir(), "nodemm-prebuild-"));
let failed = 0;
try {
  for (const part of ["native", "binding.gyp", "package.json"]) {
    cpSync(join(packageFolder, part), join(folder, part), { recursive: true });
  }
  symlinkSync(join(packageFolder, "node_modules"), join(folder, "node_modules"));
  if (only === undefined) rmSync(join(packageFolder, "prebuilds"), { recursive: true, force: true });
  for (const target of chosen) if (!build(target)) failed++;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (failed > 0) console.error(`${failed} of ${chosen.length} prebuilds could not be made`);
process.exitCode = failed === 0 && (only !== undefined || verifyPrebuilds()) ? 0 : 1;

/** @param {import("./prebuild-targets.mjs").Target} target */
function build({ architecture, libc, name }) {
  const prefix = toolPrefix(architecture);
  const compiler = `${prefix}g++`;
  if (spawnSync(compiler, ["--version"], { stdio: "ignore" }).status !== 0) {
    console.error(`${name}: no ${compiler}; on Debian: apt-get install g++${prefix && "-aarch64-linux-gnu"}`);
    return false;
  }
  /** @type {NodeJS.ProcessEnv} */
  const env = {
    ...process.env,
    CC: `${prefix}gcc`,
    CXX: compiler,
    PREBUILD_STRIP_BIN: `${prefix}strip`,
    PREBUILD_LIBC: libc,
  };
  if (!env["npm_config_nodedir"] && existsSync(join(headers, "include/node/node_api.h")))
    env["npm_config_nodedir"] = headers;
  const flags = ["--napi", "--strip", "--tag-libc", "--platform=linux", `--arch=${architecture}`];
  const command = [prebuildify, ...flags, `--cwd=${folder}`, `--out=${packageFolder}`, "--quiet"];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: folder, env, encoding: "utf8" });
  console.log(`${name}: ${status === 0 ? "built" : "FAILED"}`);
  if (status !== 0) console.error(stdout, stderr);
  return status === 0;
}
