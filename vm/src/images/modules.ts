import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Unavailable } from "../unavailable.ts";

/** A module is named with either sign; the kernel's own lists use the low one. */
const canonical = (name: string): string => name.replaceAll("-", "_");

/**
 * The files of kernel modules and of all that they depend on, each after what it needs. A name that the kernel does not
 * have as a module is taken to be built in.
 */
export function moduleFiles(folder: string, names: readonly string[]): string[] {
  const all = listModules(folder);
  const ordered = new Set<string>();
  const add = (name: string): void => {
    const path = all.get(canonical(name));
    if (path === undefined || ordered.has(path)) return;
    for (const needed of dependencies(readFileSync(path, "latin1"))) add(needed);
    ordered.add(path);
  };
  names.forEach(add);
  return [...ordered];
}

function listModules(folder: string): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const compressed = files.find((file) => /\.ko\.\w+$/u.test(file));
  if (compressed !== undefined) throw new Unavailable(`this kernel's modules are compressed (${compressed})`);
  const modules = files.filter((file) => file.endsWith(".ko"));
  return new Map(
    modules.map((file) => [canonical(/(?<name>[^/]+)\.ko$/u.exec(file)!.groups!["name"]), join(folder, file)]),
  );
}

/** What a module's own information says that it depends on. */
export function dependencies(module: string): string[] {
  const names = /\0depends=(?<names>[^\0]*)\0/u.exec(module)?.groups?.["names"] ?? "";
  return names === "" ? [] : names.split(",");
}
