// The packages of the workspace, as their manifests state them.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * @typedef {object} Manifest
 * @property {string} name
 * @property {string} version
 * @property {boolean} [private]
 * @property {string} license
 * @property {Record<string, string>} [scripts]
 * @property {Record<string, string>} [bin]
 * @property {Record<string, string | { types: string, default: string }>} [exports]
 * @property {Record<string, string>} [dependencies]
 * @property {Record<string, string>} [devDependencies]
 * @property {Record<string, string>} [peerDependencies]
 * @property {Record<string, string>} [optionalDependencies]
 *
 * @typedef {{ folder: string, path: string, manifest: Manifest }} Package `folder` is relative to the root
 */

const root = fileURLToPath(new URL("../../", import.meta.url));

/**
 * The packages of the workspace, the root last.
 *
 * @returns {Package[]}
 */
export function listPackages() {
  const folders = ["packages", "examples"]
    .filter((parent) => existsSync(join(root, parent)))
    .flatMap((parent) => readdirSync(join(root, parent)).map((name) => `${parent}/${name}`));
  return [...folders, "scripts", "vm", "."]
    .filter((folder) => existsSync(join(root, folder, "package.json")))
    .map((folder) => {
      const path = join(root, folder);
      return { folder, path, manifest: JSON.parse(readFileSync(join(path, "package.json"), "utf8")) };
    });
}

/** The packages that go to the registry. */
export function listPublished() {
  return listPackages().filter(({ manifest }) => manifest.private !== true);
}
