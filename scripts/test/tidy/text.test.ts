import { describe, expect, test } from "vitest";
import { listFiles, readText } from "../../repository/files.mjs";
import { largeFiles } from "./large-files.ts";

const textFiles = listFiles().filter((path) => !/\.(?:png|node|lock|bin)$|^pnpm-lock\.yaml$/u.test(path));
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

// The patterns are put together from parts so that this file does not match them itself.
const any = (...words: string[]) => `(?:${words.join("|")})`;

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
    expect(
      matches(textFiles, new RegExp(`\\b${any("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")}\\b`, "u")),
    ).toEqual([]);
  });

  test("no path of somebody's own machine is named", () => {
    const folders = any("wo" + "rk", "ro" + "ot");
    expect(matches(textFiles, new RegExp(`(?:^|[^\\w.}*/-])/${folders}/\\w`, "u"))).toEqual([]);
  });

  test("no test is singled out, skipped or left for later", () => {
    const calls = new RegExp(
      `\\b${any("test", "it", "describe")}(?:\\.\\w+)*\\.${any("on" + "ly", "sk" + "ip", "to" + "do")}\\b`,
      "u",
    );
    expect(matches(codeFiles, calls)).toEqual([]);
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
