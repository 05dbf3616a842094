/** `pnpm test:vm`: boots emulated machines with persistent memory and runs the stack in them. */
import { chapters } from "./chapters/index.ts";
import { Lab, prepareBoot, type Chapter, type Images } from "./lab.ts";
import { readOptions, usage, type Options } from "./options.ts";
import { Report } from "./report.ts";
import { Unavailable } from "./unavailable.ts";

// Machines die with this process; what else is to be done is done when it exits.
for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)
  process.once(signal, () => process.exit(code));
process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  let options: Options | "help";
  try {
    options = readOptions(
      args,
      chapters.map(({ name }) => name),
    );
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${help()}`);
    return 2;
  }
  if (options === "help") {
    process.stdout.write(help());
    return 0;
  }
  const report = new Report(options.json);
  const boot = prepare(report);
  if (boot !== undefined) {
    report.say("vm", `${options.form} form, seed ${options.seed}`);
    await runChapters(boot, options, report);
  }
  return report.finish({ form: options.form, seed: options.seed });
}

function help(): string {
  return `${usage}\nChapters:\n${chapters.map(({ name, title }) => `  ${name.padEnd(16)}  ${title}\n`).join("")}`;
}

function prepare(report: Report): Images | undefined {
  try {
    return prepareBoot((text) => {
      report.say("vm", text);
    });
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    report.skip("vm", error.message);
    return undefined;
  }
}

/** Several at once, each on machines of its own. */
async function runChapters(boot: Images, options: Options, report: Report): Promise<void> {
  const { only, form } = options;
  const queue = chapters.filter(({ name, notInShort }) =>
    only.length === 0 ? form !== "short" || notInShort !== true : only.includes(name),
  );
  const worker = async (): Promise<void> => {
    for (let chapter = queue.shift(); chapter !== undefined; chapter = queue.shift()) {
      await runChapter(chapter, boot, options, report);
    }
  };
  await Promise.all(Array.from({ length: options.machines }, worker));
}

async function runChapter(chapter: Chapter, boot: Images, options: Options, report: Report): Promise<void> {
  const { name, title } = chapter;
  const startedAt = performance.now();
  report.say(name, title);
  const lab = new Lab(name, boot, options, report);
  try {
    await chapter.run(lab);
  } catch (error) {
    if (error instanceof Unavailable) report.skip(name, error.message);
    else report.fails(name, "it runs to its end", error instanceof Error ? error.message : String(error));
  } finally {
    await lab.end();
  }
  const { passed, failed } = report.countOf(name);
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  const busy = Math.round(lab.processorSeconds);
  report.say(name, `${passed} passed, ${failed} failed in ${seconds} s, ${busy} s of processor time`);
}
