// The short form of `pnpm test:vm` behind the tests. It installs the emulator where it may; where that cannot be, the run
// says why it is skipped, and nothing fails.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root, run, say } from "./step.mjs";

const emulator = "qemu-system-x86_64";
const program = join("vm", "dist", "src", "main.js");

/** @returns {boolean} whether the tests in the emulated machine passed, or could not be tried here */
export function runInEmulatedMachine() {
  installWhatIsMissing();
  return run("Emulated machine", [process.execPath, program, "--short"], root);
}

function installWhatIsMissing() {
  if (!isThere("apt-get")) return;
  const hasEmulator = isThere(emulator);
  // A container comes without package lists, which the kernel's package is found by too.
  const hasLists = spawnSync("apt-cache", ["show", "linux-image-amd64"], { stdio: "ignore" }).status === 0;
  if (hasEmulator && hasLists) return;
  if (process.getuid?.() !== 0) {
    say("Emulator: installing it takes root; by hand: apt-get update; apt-get install qemu-system-x86");
    return;
  }
  run("Package lists", ["apt-get", "update", "-q"], root);
  if (hasEmulator) return;
  run("Emulator", ["apt-get", "install", "-y", "-q", "--no-install-recommends", "qemu-system-x86"], root);
}

/** @param {string} command */
function isThere(command) {
  return spawnSync(command, ["--version"], { stdio: "ignore" }).status === 0;
}
