// `npm start` and `npm test` on a fresh clone: nothing is installed yet, so Node's own modules only. The machine check
// is loaded first and stays readable by any Node that knows modules, so that an old one gets an answer and no stack.
import { checkMachine } from "./bootstrap/machine.mjs";

const command = process.argv[2];
const args = process.argv.slice(3);

checkMachine();
const { prepare } = await import("./bootstrap/prepare.mjs");
prepare();
if (command === "start") {
  const { startMainJob } = await import("./bootstrap/start.mjs");
  process.exitCode = startMainJob(args);
} else if (command === "test") {
  const { runEveryTest } = await import("./bootstrap/test.mjs");
  process.exitCode = runEveryTest();
} else {
  throw new TypeError(`expected "start" or "test", found ${JSON.stringify(command)}: run npm start or npm test`);
}
