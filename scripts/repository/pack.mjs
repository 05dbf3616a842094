// One package as the tarball that the registry would get.
import { execFileSync } from "node:child_process";
import { join } from "node:path";

/**
 * Packs one built package, workspace and catalog versions resolved, and returns the path of the tarball.
 *
 * @param {import("./packages.mjs").Package} each
 * @param {string} folder where the tarball goes
 * @returns {string}
 */
export function pack({ path, manifest }, folder) {
  execFileSync("pnpm", ["pack", "--pack-destination", folder], { cwd: path, stdio: ["ignore", "ignore", "inherit"] });
  return join(folder, `${manifest.name.replace("@", "").replace("/", "-")}-${manifest.version}.tgz`);
}
