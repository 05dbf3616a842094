import { describe, expect, test } from "vitest";
import { listFiles, readText } from "../../repository/files.mjs";
import { largeFiles } from "./large-files.ts";

const textFiles = listFiles().filter(
  (path) => !/\.(?:png|node|lock|bin|gz|npz|onnx|safetensors)$|^pnpm-lock\.yaml$/u.test(path),
);
const codeFiles = textFiles.filter((path) => /\.(?:ts|mjs|js|cc|h|c|py)$/u.test(path));
const longestLines = 400;

/** Each line that matches, as `path:line: text`. */
function matches(paths: readonly string[], pattern: RegExp): string[] {
  return paths.flatMap((path) =>
    readText(path)
      .split("\n")
      .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
  );
}

// The last letter of each word stands in brackets so that this file does not match its own patterns.
const unfinishedWork = /\b(?:TOD[O]|FIXM[E]|XX[X]|HAC[K])\b/u;
const ownMachine = /(?:^|[^\w.}*/-])\/(?:wor[k]|roo[t])\/\w/u;
const unrunTest = /\b(?:test|it|describe)(?:\.\w+)*\.(?:onl[y]|ski[p]|tod[o])\b/u;

describe("text", () => {
  test("no line ends in white space", () => {
    expect(matches(textFiles, /[ \t]+$/u)).toEqual([]);
  });

  test("no line is indented with tabs, but where the format asks for them", () => {
    const paths = textFiles.filter((path) => !/(?:^|\/)(?:Makefile|Kbuild)$|\/kmod\/|^LICENSE$/u.test(path));
    expect(matches(paths, /\t/u)).toEqual([]);
  });

  test("every file ends in one newline", () => {
    expect(textFiles.filter((path) => !/(?:^|[^\n])\n$/u.test(readText(path)))).toEqual([]);
  });

  test("no line ends in a carriage return", () => {
    expect(matches(textFiles, /\r$/u)).toEqual([]);
  });

  test("no mark of unfinished work is left", () => {
    expect(matches(textFiles, unfinishedWork)).toEqual([]);
  });

  test("no path of somebody's own machine is named", () => {
    expect(matches(textFiles, ownMachine)).toEqual([]);
  });

  test("no test is singled out, skipped or left for later", () => {
    expect(matches(codeFiles, unrunTest)).toEqual([]);
  });
});

describe("file size", () => {
  const lineCount = (path: string) => readText(path).split("\n").length - 1;

  test(`no code file has over ${longestLines} lines without a reason`, () => {
    const large = codeFiles.filter((path) => lineCount(path) > longestLines && !largeFiles.has(path));
    expect(large.map((path) => `${path}: ${lineCount(path)} lines`)).toEqual([]);
  });

  test("every reason is still needed", () => {
    expect(
      [...largeFiles.keys()].filter((path) => !codeFiles.includes(path) || lineCount(path) <= longestLines),
    ).toEqual([]);
  });
});
