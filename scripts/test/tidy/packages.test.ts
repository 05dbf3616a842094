import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { listFiles, readText } from "../../repository/files.mjs";
import { listPackages, listPublished } from "../../repository/packages.mjs";
import { importsOf } from "./imports.ts";

const packages = listPackages();
const published = listPublished();
const names = new Set(packages.map(({ manifest }) => manifest.name));

/** What each package may import in `src`: dependencies point down, and the contract is `pmem-native`'s. */
const mayImport = new Map<string, readonly string[]>([
  ["@nodemm/pmem-native", []],
  ["@nodemm/emulator", ["@nodemm/pmem-native"]],
  ["@nodemm/shelf", ["@nodemm/pmem-native"]],
  ["@nodemm/ndarray-pm", ["@nodemm/shelf"]],
  ["@nodemm/tensor-pm", ["@nodemm/ndarray-pm", "@nodemm/shelf"]],
  ["@nodemm/bench", []],
  ["@nodemm/crash", ["@nodemm/emulator"]],
]);

/** The one file of the shelf that knows a backend; all others know the contract: its types, its errors, its checks. */
const defaultOpener = "packages/shelf/src/map-path.ts";
const contractValues = ["PmemError", "checkOptions", "checkRange", "formatSize", "parseSize"];

const imports = listFiles(".ts", ".mjs").flatMap((path) => importsOf(path, readText(path)));
const show = ({ path, specifier }: { path: string; specifier: string }) => `${path} imports ${specifier}`;
const packageOf = (specifier: string) => specifier.split("/").slice(0, 2).join("/");

describe("dependency direction", () => {
  test.each(packages.filter(({ folder }) => folder.startsWith("packages/")))(
    "the sources of $manifest.name import only the layers below it",
    ({ folder, manifest }) => {
      const allowed = mayImport.get(manifest.name) ?? [];
      const ours = imports.filter(
        ({ path, specifier }) => path.startsWith(`${folder}/src/`) && names.has(packageOf(specifier)),
      );
      expect(ours.filter(({ specifier }) => !allowed.includes(packageOf(specifier))).map(show)).toEqual([]);
    },
  );

  test("the shelf knows a backend in one file only", () => {
    const others = imports.filter(({ path }) => path.startsWith("packages/shelf/src/") && path !== defaultOpener);
    const backends = others.filter(
      ({ specifier, values }) =>
        names.has(packageOf(specifier)) && values.some((value) => !contractValues.includes(value)),
    );
    expect(backends.map(show)).toEqual([]);
  });

  test("the benchmark harness is imported by bench folders only", () => {
    const users = imports.filter(({ specifier }) => packageOf(specifier) === "@nodemm/bench");
    expect(users.filter(({ path }) => !/\/bench\//u.test(path)).map(show)).toEqual([]);
  });

  test("the crash suite is imported by suites only", () => {
    const users = imports.filter(({ specifier }) => packageOf(specifier) === "@nodemm/crash");
    expect(users.filter(({ path }) => !/\/test\/crash\/|^packages\/crash\//u.test(path)).map(show)).toEqual([]);
  });

  test("no file reaches into the folder of another package", () => {
    const outside = imports.filter(({ path, specifier }) => {
      const folder = /^(?:packages|examples)\/[^/]+/u.exec(path)?.[0];
      const target = join(path, "..", specifier);
      return (
        folder !== undefined &&
        specifier.startsWith(".") &&
        /^(?:packages|examples|scripts)\//u.test(target) &&
        !target.startsWith(`${folder}/`)
      );
    });
    expect(outside.map(show)).toEqual([]);
  });
});

describe("sources", () => {
  test("every source file is imported by something, or is what a package exports or runs", () => {
    const imported = new Set(
      imports
        .filter(({ specifier }) => specifier.startsWith("."))
        .map(({ path, specifier }) => join(path, "..", specifier)),
    );
    const entries = packages.flatMap(({ folder, manifest }) => {
      const runs = JSON.stringify([manifest.exports, manifest.bin, manifest.scripts]);
      return [...runs.matchAll(/dist\/(?:src\/)?(?<name>[\w/-]+)\.js/gu)].map(
        (match) => `${folder}/src/${match.groups!["name"]}.ts`,
      );
    });
    const sources = listFiles(".ts").filter((path) => /^(?:packages|examples)\/[^/]+\/src\//u.test(path));
    expect(sources.filter((path) => !imported.has(path) && !entries.includes(path))).toEqual([]);
  });
});

describe("packages with an addon", () => {
  const withAddon = packages.filter(({ path }) => existsSync(join(path, "binding.gyp")));
  const shared = ["native/addon.gypi", "native/exports.map", "native/core/os/older_libraries.h"];

  test("are more than one", () => {
    expect(withAddon.length).toBeGreaterThan(1);
  });

  // Each is built from its own tarball, so each carries them.
  test.each(shared)("have the same %s", (file) => {
    expect(new Set(withAddon.map(({ folder }) => readText(join(folder, file)))).size).toBe(1);
  });
});

describe("manifests", () => {
  test.each(packages)("$folder states its dependencies through the catalog", ({ manifest }) => {
    const { dependencies, devDependencies, optionalDependencies } = manifest;
    const versions = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies });
    const expected = ([name]: [string, string]) => (names.has(name) ? "workspace:^" : "catalog:");
    expect(versions.filter((entry) => entry[1] !== expected(entry))).toEqual([]);
  });

  test("every version of the catalog is exact", () => {
    const catalog = /^catalog:\n(?<lines>(?: {2}.*\n)+)/mu.exec(readText("pnpm-workspace.yaml"))!.groups!["lines"];
    const versions = catalog.trimEnd().split("\n");
    expect(versions.filter((line) => !/: (?:npm:.+@)?\d+\.\d+\.\d+(?:-[\w.]+)?$/u.test(line))).toEqual([]);
  });

  test.each(published)("$manifest.name says what a registry needs", ({ path, manifest }) => {
    expect(manifest).toMatchObject({
      license: "Apache-2.0",
      type: "module",
      engines: { node: ">=20.19" },
      publishConfig: { access: "public" },
      description: expect.stringMatching(/^[A-Z].*[^.]$/u),
      keywords: expect.arrayContaining(["persistent-memory"]),
    });
    expect(existsSync(join(path, "README.md"))).toBe(true);
  });
});
