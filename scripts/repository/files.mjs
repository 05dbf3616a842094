// The repository's own files: what a clone holds. Works without git, since a fresh copy may come without it.
import { readFileSync, readdirSync } from "node:fs";
import { extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));

const ignored = readFileSync(join(root, ".gitignore"), "utf8").split("\n");
const ignoredFolders = new Set([".git/", ...ignored]);
const ignoredSuffixes = ignored.filter((line) => line.startsWith("*.")).map((line) => line.slice(1));

/**
 * Paths relative to the root, sorted, of the files whose name ends in one of the extensions (all without any).
 *
 * @param {...string} extensions with their dot
 * @returns {string[]}
 */
export function listFiles(...extensions) {
  return walk(root)
    .map((path) => relative(root, path))
    .filter((path) => extensions.length === 0 || extensions.includes(extname(path)))
    .sort();
}

/**
 * @param {string} path relative to the root
 * @returns {string}
 */
export function readText(path) {
  return readFileSync(join(root, path), "utf8");
}

/**
 * @param {string} folder
 * @returns {string[]}
 */
function walk(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return ignoredFolders.has(`${entry.name}/`) ? [] : walk(path);
    return ignoredSuffixes.some((suffix) => entry.name.endsWith(suffix)) ? [] : [path];
  });
}
