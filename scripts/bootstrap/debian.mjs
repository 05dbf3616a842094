// What Debian's installer can bring for tests that are skipped without it. Nothing fails where it cannot.
import { spawnSync } from "node:child_process";
import { root, run, say } from "./step.mjs";

/**
 * Installs a Debian package where that may be done, and says what would have to be done by hand where it may not.
 *
 * @param {string} title
 * @param {string} name of the package
 * @param {boolean} isThere whether it is not needed any more
 * @param {boolean} [wantsLists] whether package lists are needed even so
 */
export function installDebianPackage(title, name, isThere, wantsLists = false) {
  if (!succeeds("apt-get", ["--version"])) return;
  // A container comes without package lists.
  const hasLists = succeeds("apt-cache", ["show", name]);
  if (isThere && (hasLists || !wantsLists)) return;
  if (process.getuid?.() !== 0) {
    say(`${title}: installing it takes root; by hand: apt-get update; apt-get install ${name}`);
    return;
  }
  if (!hasLists) run("Package lists", ["apt-get", "update", "-q"], root);
  if (!isThere) run(title, ["apt-get", "install", "-y", "-q", "--no-install-recommends", name], root);
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 */
export function succeeds(command, args) {
  return spawnSync(command, args, { stdio: "ignore" }).status === 0;
}
