// Node of other lines and processors than the one that runs, as the registry's packages carry it.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const cache = fileURLToPath(new URL("../../node_modules/.cache/nodemm-nodes/", import.meta.url));

/** The lines of Node that are supported, oldest first. */
export const lines = [20, 22, 24, 26];

/**
 * The executable of the newest Node of a line, fetched at first use, or the reason why there is none.
 *
 * @param {number} line
 * @param {string} [architecture]
 * @returns {{ path: string, error?: undefined } | { path?: undefined, error: string }}
 */
export function findNode(line, architecture = process.arch) {
  const name = `node-${process.platform}-${architecture}`;
  const folder = join(cache, `${architecture}-${line}`);
  const path = join(folder, "node_modules", name, "bin/node");
  if (existsSync(path)) return { path };
  mkdirSync(folder, { recursive: true });
  // A project of its own, so that npm looks at no other; the package of another processor needs --force.
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true }));
  const options = ["--force", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"];
  const { status, stderr } = spawnSync("npm", ["install", ...options, `${name}@${line}`], {
    cwd: folder,
    encoding: "utf8",
    timeout: 300_000,
  });
  if (status === 0 && existsSync(path)) return { path };
  return { error: `npm install ${name}@${line} failed: ${(stderr ?? "").trim().split("\n", 1)[0]}` };
}
