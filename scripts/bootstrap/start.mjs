// `npm start`: builds what the main job needs and runs it.
import { pnpm } from "./step.mjs";

const mainJob = "./examples/mnist";

/**
 * @param {readonly string[]} args what the user wrote after `npm start --`
 * @returns {number} the exit code
 */
export function startMainJob(args) {
  if (!pnpm("Build", ["exec", "turbo", "run", "build", `--filter=${mainJob}...`, "--output-logs=new-only"])) return 1;
  return pnpm("Main job", ["--dir", mainJob, "run", "start", ...args]) ? 0 : 1;
}
