import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { CrashSuite } from "./suite.ts";

/** A suite, and where it and the sources beside it are compiled to. */
export interface FoundSuite {
  readonly suite: CrashSuite;
  /** Of the module whose default export it is. */
  readonly url: string;
  /** Of the package's own sources, compiled for this suite alone. */
  readonly sourceUrls: readonly string[];
}

const packagesFolder = join(import.meta.dirname, "../..");
const suiteModule = "test/crash/suite.js";

/** The suites of all packages of the workspace that have one. @throws Error if one is not compiled */
export async function findSuites(): Promise<FoundSuite[]> {
  const folders = readdirSync(packagesFolder)
    .map((name) => join(packagesFolder, name))
    .filter((folder) => existsSync(join(folder, "test/crash/suite.ts")));
  return Promise.all(folders.map((folder) => loadSuite(join(folder, "test/crash/dist"))));
}

/** The suites with those explorations alone whose name contains a text. @throws RangeError if none does */
export function filterSuites(suites: readonly FoundSuite[], text: string): FoundSuite[] {
  const filtered = suites.map((found) => {
    const { name, explorations } = found.suite;
    return { ...found, suite: { name, explorations: explorations.filter((each) => each.name.includes(text)) } };
  });
  if (filtered.some(({ suite }) => suite.explorations.length > 0)) return filtered;
  const names = suites.flatMap(({ suite }) => suite.explorations.map(({ name }) => name));
  throw new RangeError(`--filter: no exploration's name contains "${text}"; there are: ${names.join(", ")}`);
}

/** @param dist the folder that holds `test/crash/suite.js` and `src` */
async function loadSuite(dist: string): Promise<FoundSuite> {
  const path = join(dist, suiteModule);
  if (!existsSync(path)) throw new Error(`there is no ${path}; run pnpm crash, which compiles it first`);
  const url = pathToFileURL(path).href;
  const { default: suite } = (await import(url)) as { readonly default: CrashSuite };
  const sources = readdirSync(join(dist, "src"), { recursive: true, encoding: "utf8" });
  const modules = sources.filter((name) => name.endsWith(".js")).sort();
  return { suite, url, sourceUrls: modules.map((name) => pathToFileURL(join(dist, "src", name)).href) };
}
