// Runs one command as a named step: says what starts and how long it took, and lets the output through.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

const startedAt = performance.now();
const { devEngines } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
const pinnedPnpm = `pnpm@${devEngines.packageManager.version}`;
const environment = { ...process.env, TURBO_TELEMETRY_DISABLED: "1", TURBO_NO_UPDATE_NOTIFIER: "1", DO_NOT_TRACK: "1" };

/**
 * Prints one line with the seconds since the command began.
 *
 * @param {string} text
 */
export function say(text) {
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1).padStart(6);
  process.stdout.write(`[${seconds} s] ${text}\n`);
}

/**
 * Runs pnpm at its pinned version in the root of the repository, through npx: nothing is installed globally. Returns
 * whether it succeeded.
 *
 * @param {string} title
 * @param {readonly string[]} args
 */
export function pnpm(title, args) {
  return run(title, ["npx", "--yes", "--loglevel=error", pinnedPnpm, ...args], root);
}

/**
 * Runs a command as a step, its standard input closed. Returns whether it succeeded.
 *
 * @param {string} title
 * @param {readonly string[]} command
 * @param {string} cwd
 */
export function run(title, command, cwd) {
  say(`${title}: ${command.join(" ")}`);
  const { error, status, signal } = spawnSync(command[0], command.slice(1), {
    cwd,
    env: environment,
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (status === 0) return true;
  say(`${title} failed: ${error?.message ?? (signal ? `killed by ${signal}` : `exit code ${status}`)}`);
  return false;
}
