// The short form of `pnpm test:vm` behind the tests. It installs the emulator where it may; where that cannot be, the run
// says why it is skipped, and nothing fails.
import { join } from "node:path";
import { installDebianPackage, succeeds } from "./debian.mjs";
import { root, run } from "./step.mjs";

const program = join("vm", "dist", "src", "main.js");

/** @returns {boolean} whether the tests in the emulated machine passed, or could not be tried here */
export function runInEmulatedMachine() {
  // The kernel's package is found by the lists, too.
  installDebianPackage("Emulator", "qemu-system-x86", succeeds("qemu-system-x86_64", ["--version"]), true);
  return run("Emulated machine", [process.execPath, program, "--short"], root);
}
