#!/usr/bin/env node
/** The command: options, files, exit code. 0: every claim holds; 1: one does not, or it could not be
 * shown; 2: the command makes no sense. */

import { existsSync, rmSync } from "node:fs";

import { filesOf, type Result, runMainJob } from "./main-job.ts";
import { Narrator } from "./narrator.ts";
import { HELP, type Options, parseOptions } from "./options.ts";

async function main(): Promise<number> {
  let options: Options | null;
  try {
    options = parseOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${HELP}`);
    return 2;
  }
  if (options === null) {
    console.log(HELP);
    return 0;
  }
  const files = filesOf(options);
  const present = options.pathGiven ? Object.values(files).find((path) => existsSync(path)) : undefined;
  if (present !== undefined) {
    console.error(`${present} is there already: remove it, or choose another --path`);
    return 2;
  }
  const narrator = new Narrator({ silent: options.json });
  process.on("exit", () => {
    narrator.end();
    rmSync(files.uninterrupted, { force: true });
    if (!options.keep) rmSync(files.shelf, { force: true });
  });
  // Without listeners these would end the process with no exit event.
  process.once("SIGINT", () => process.exit(130));
  process.once("SIGTERM", () => process.exit(143));

  const { settings } = options;
  narrator.line(
    `MNIST from the shelf ${files.shelf}: ${options.images} images, two dense layers (784-${settings.hiddenUnits}-10), ` +
      `${settings.epochs} epochs, seed ${settings.seed}. The training is killed ${options.kills} times:`,
  );
  let result: Result;
  try {
    result = await runMainJob(options, narrator);
  } catch (error) {
    narrator.end();
    console.error((error as Error).message);
    return 1;
  }
  if (options.json) console.log(JSON.stringify(result, null, 2));
  else print(result);
  if (options.keep) narrator.line(`The shelf is kept: ${files.shelf}`);
  return result.pass ? 0 : 1;
}

function print(result: Result): void {
  for (const claim of result.claims) console.log(`${claim.holds ? "  ok  " : "  FAIL"}  ${claim.id}: ${claim.text}`);
}

process.exitCode = await main();
