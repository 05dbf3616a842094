// Opens the shelf at the first argument, with the options in the second, as the user whose id is the third, and tells
// what came of it: to whoever started it as a worker, else as a JSON line.
import { parentPort } from "node:worker_threads";
import { openShelf } from "@nodemm/shelf";

const [path, options = "{}", user] = process.argv.slice(2);
if (user !== undefined) {
  attempt("/");
  process.setuid?.(Number(user));
}
const outcome = attempt(path, JSON.parse(options));
if (parentPort === null) process.stdout.write(`${JSON.stringify(outcome)}\n`);
else parentPort.postMessage(outcome);

/**
 * @param {string} at
 * @param {import("@nodemm/shelf").OpenShelfOptions} [given]
 */
function attempt(at, given) {
  try {
    const shelf = openShelf(at, given);
    const names = [...shelf.keys()];
    shelf.close();
    return { names };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const code = "code" in error ? error.code : undefined;
    return { name: error.name, code, message: error.message };
  }
}
