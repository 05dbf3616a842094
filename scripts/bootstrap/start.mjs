// `npm start`: builds what the main job needs and runs it.
import { join, relative } from "node:path";
import { pnpm, root, run } from "./step.mjs";

const mainJob = "examples/mnist";

/**
 * Runs the main job in the folder that the user called npm from, so that the paths among the arguments are the user's.
 *
 * @param {readonly string[]} args what the user wrote after `npm start --`
 * @returns {number} the exit code
 */
export function startMainJob(args) {
  if (!pnpm("Build", ["exec", "turbo", "run", "build", `--filter=./${mainJob}...`, "--output-logs=new-only"])) return 1;
  const cwd = process.env.INIT_CWD ?? process.cwd();
  const program = relative(cwd, join(root, mainJob, "dist/main.js"));
  return run("Main job", [process.execPath, program, ...args], cwd) ? 0 : 1;
}
