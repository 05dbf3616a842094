/** Loads one prebuilt addon into a runtime of its own processor and C library, and lets it work, as the package says in its `scripts/try-prebuild.mjs`. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { foreignNode } from "./foreign-node.mjs";
import { packageFolder } from "./prebuild-targets.mjs";

const program = join(packageFolder, "scripts/try-prebuild.mjs");
const isMusl = existsSync("/etc/alpine-release");

/**
 * @param {string} path
 * @param {"x64" | "arm64"} architecture
 * @param {"glibc" | "musl"} libc
 * @returns {{ problem?: string, note?: string }} what is wrong, or what should be known
 */
export function runPrebuild(path, architecture, libc) {
  const { command, absence } = runtimeFor(architecture, libc);
  if (command === undefined) return { note: `not run: ${absence}` };
  const folder = mkdtempSync(join(tmpdir(), "nodemm-try-"));
  const { status, signal, stdout, stderr, error } = spawnSync(
    command[0],
    [...command.slice(1), program, path, folder],
    {
      encoding: "utf8",
      timeout: 120_000,
    },
  );
  rmSync(folder, { recursive: true, force: true });
  if (status === 0) return { note: stdout.trim() };
  return {
    problem: `does not run (${error?.message ?? signal ?? status}): ${/^\w*Error.*$/mu.exec(stderr)?.[0] ?? stderr.trim()}`,
  };
}

/**
 * The command before the program's name. `NODEMM_MUSL_RUNTIME` names one for musl, with its arguments, because no
 * registry carries Node for it.
 *
 * @param {"x64" | "arm64"} architecture
 * @param {"glibc" | "musl"} libc
 * @returns {{ command?: string[] | undefined, absence?: string | undefined }}
 */
function runtimeFor(architecture, libc) {
  const native = architecture === process.arch;
  if (libc === "musl") {
    const named = process.env["NODEMM_MUSL_RUNTIME"];
    if (isMusl && native) return { command: [process.execPath] };
    if (named !== undefined && native) return { command: named.split(" ") };
    return { absence: "no runtime for musl; its symbols were compared with musl's" };
  }
  if (native) return { command: [process.execPath] };
  return foreignNode();
}
