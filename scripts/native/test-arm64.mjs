/**
 * `pnpm --filter <package> test:arm64`: the C++ unit tests of a package's addon for arm64, and the conformance suite if it has one,
 * cross-built by `make-prebuilds`, under qemu-user on another processor. The emulator does not know `dc cvap`, so what is
 * tested is all but the flush itself; its instruction is checked in the binary (test/instructions.test.ts).
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { foreignNode } from "./foreign-node.mjs";
import { packageFolder, targets } from "./prebuild-targets.mjs";

const addon = targets.find(({ architecture }) => architecture === "arm64")?.file ?? "";
if (!existsSync(join(packageFolder, addon))) stop(`${addon} is missing: run make-prebuilds first`);
const { command: node = [], absence } = foreignNode();
if (absence !== undefined) stop(absence);

const native = run([process.execPath, join(import.meta.dirname, "test/run.mjs")], {
  NODEMM_TEST_ARCHITECTURE: "arm64",
});
const suite = "test/support/conformance-under-node.mjs";
const hasSuite = existsSync(join(packageFolder, suite));
const conformance = !hasSuite || run([...node, "--test-reporter=tap", suite], { PREBUILDS_ONLY: "1" });
process.exitCode = native && conformance ? 0 : 1;

/**
 * @param {string[]} command
 * @param {Record<string, string>} env
 */
function run(command, env) {
  const options = { cwd: packageFolder, env: { ...process.env, ...env }, stdio: /** @type {const} */ ("inherit") };
  return spawnSync(command[0], command.slice(1), { ...options, timeout: 1_200_000 }).status === 0;
}

/** @param {string} reason */
function stop(reason) {
  console.error(reason);
  process.exit(1);
}
