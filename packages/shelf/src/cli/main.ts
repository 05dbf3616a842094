#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { Command, CommanderError, Option } from "commander";
import { checkCommand, repairCommand, resetCommand, sealCommand, unsealCommand } from "./care.ts";
import { getCommand, inspectCommand, listCommand } from "./look.ts";
import { exitCode, watchOutput } from "./output.ts";

const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
const { version } = JSON.parse(manifest) as { readonly version: string };

const program: Command = new Command("nodemm")
  .description("Look at shelves, check and repair them. Looking works beside a program that has the shelf open.")
  .version(version, "--version", "print the version of this package")
  .showHelpAfterError()
  .showSuggestionAfterError()
  .exitOverride();

const command = (name: string, description: string): Command =>
  program.command(name).description(description).argument("<path>", "the shelf's file").option("--json", "print JSON");

command("inspect", "what the shelf is, and how full").action(inspectCommand);
command("ls", "names, types and sizes").option("--prefix <text>", "only names that begin so").action(listCommand);
command("get", "print a value")
  .argument("<name>", "the variable")
  .addOption(new Option("--raw", "write its bytes as they are, whatever its type").conflicts("json"))
  .action(getCommand);
command("check", "report what is wrong, changing nothing; exit code 1 if anything is damaged")
  .option("--data", "read every byte of every variable too")
  .action(checkCommand);
command("repair", "put right what can be without guessing, keeping what was overwritten in a file")
  .option("--recovery <path>", "where to keep it")
  .action(repairCommand);
command("seal", "record checksums of variables, for check to compare")
  .argument("[names...]", "the variables; all by default")
  .action(sealCommand);
command("unseal", "take checksums away").argument("[names...]", "the variables; all by default").action(unsealCommand);
program
  .command("reset")
  .description("clear a DAX device: everything on it is gone")
  .argument("<device>", "such as /dev/dax0.0")
  .option("--yes", "really do it")
  .option("--json", "print JSON")
  .action(resetCommand);

watchOutput();
try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has printed it already, and help is no error.
    process.exitCode = error.exitCode === 0 ? exitCode.fine : exitCode.misuse;
  } else {
    process.stderr.write(`nodemm: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = error instanceof TypeError || error instanceof RangeError ? exitCode.misuse : exitCode.failed;
  }
}
