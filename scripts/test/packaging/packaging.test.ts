import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { root } from "../../repository/files.mjs";
import { pack } from "../../repository/pack.mjs";
import { listPublished } from "../../repository/packages.mjs";

const published = listPublished();
const tsc = join(root, "node_modules/.bin/tsc");
let project: string;

/** Runs a command in the consumer's project and returns what it printed. */
function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, { cwd: project, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), "nodemm-consumer-"));
  const tarballs = published.map((each) => [each.manifest.name, `file:${pack(each, project)}`]);
  const manifest = { name: "consumer", private: true, type: "module", dependencies: Object.fromEntries(tarballs) };
  writeFileSync(join(project, "package.json"), JSON.stringify(manifest));
  // Without install scripts: what a registry's user gets when the addon for the platform is in the package.
  run("npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error");
  cpSync(join(import.meta.dirname, "consumer.ts"), join(project, "consumer.ts"));
  const compilerOptions = {
    ...{ target: "ES2023", lib: ["ES2023", "ESNext.Disposable"], module: "NodeNext", strict: true, outDir: "dist" },
    ...{ types: ["node"], typeRoots: [join(root, "node_modules/@types")] },
  };
  writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["consumer.ts"] }));
}, 600_000);

afterAll(() => {
  rmSync(project, { recursive: true, force: true });
});

test.each(published)("$manifest.name is installed with licence and description, without tests", ({ manifest }) => {
  const files = readdirSync(join(project, "node_modules", manifest.name));
  expect(files).toEqual(expect.arrayContaining(["LICENSE", "README.md", "dist", "package.json", "src"]));
  expect(files).not.toContain("test");
  expect(files).not.toContain("tsconfig.json");
});

test.each(published)("$manifest.name can be imported", ({ manifest }) => {
  const program = `console.log(typeof (await import(${JSON.stringify(manifest.name)})))`;
  expect(run(process.execPath, "--input-type=module", "--eval", program)).toBe("object\n");
});

test("a TypeScript program compiles against the installed declarations", () => {
  run(tsc, "--project", "tsconfig.json");
  expect(existsSync(join(project, "dist/consumer.js"))).toBe(true);
});

test("what one process puts on a shelf, another finds on it", () => {
  mkdirSync(join(project, "data"));
  const shelf = join(project, "data/consumer.shelf");
  run(tsc, "--project", "tsconfig.json");
  const written = run(process.execPath, "dist/consumer.js", "write", shelf);
  expect(JSON.parse(written)).toEqual([
    ["answer", 42],
    ["words", { greeting: "hello", list: [1, 2, 3] }],
    ["bytes", { 0: 1, 1: 2, 2: 3 }],
    [
      "array",
      [
        [0, 1, 2],
        [3, 4, 5],
      ],
    ],
  ]);
  expect(run(process.execPath, "dist/consumer.js", "read", shelf)).toBe(written);
});
