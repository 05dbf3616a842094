#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { calibrateModel } from "./calibrate.ts";
import { listMemories, startMemory, stopMemories } from "./memories.ts";

/** What shells take for a wrong command line. */
const exitCodeOfMisuse = 2;

const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
const { version } = JSON.parse(manifest) as { readonly version: string };

const program: Command = new Command("nodemm-emulator")
  .description(
    "Memory with a name that outlives the programs which use it, kept by a small process each; and a latency model.",
  )
  .version(version, "--version", "print the version of this package")
  .showHelpAfterError()
  .showSuggestionAfterError()
  .exitOverride();

program
  .command("start")
  .description("make a memory and start its keeper")
  .argument("<name>", "letters, digits, dots, dashes and underscores")
  .requiredOption("--size <size>", 'bytes, or text such as 1GiB or "512 MiB"')
  .option("--huge-pages", "use huge pages where that is allowed; the result says whether it was")
  .option("--json", "print one JSON object")
  .action(startMemory);

program
  .command("list")
  .description("show the memories of this user")
  .option("--json", "print one JSON array")
  .action(listMemories);

program
  .command("stop")
  .description("end keepers; what their memories hold is gone with them")
  .argument("[name]", "the memory whose keeper to end")
  .option("--all", "end every keeper of this user")
  .option("--force", "even while a program uses the memory")
  .option("--json", "print one JSON array of what was ended")
  .action(stopMemories);

program
  .command("calibrate")
  .description("measure how exact the waits of the latency model are on this machine")
  .option("--json", "print one JSON object")
  .action(calibrateModel);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has printed it already, and help is no error.
    process.exitCode = error.exitCode === 0 ? 0 : exitCodeOfMisuse;
  } else {
    process.stderr.write(`nodemm-emulator: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = error instanceof TypeError || error instanceof RangeError ? exitCodeOfMisuse : 1;
  }
}
