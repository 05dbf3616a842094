import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { listFiles, readText, root } from "../../repository/files.mjs";
import { folderTree } from "./folder-tree.ts";

const documents = listFiles(".md").filter((path) => !path.startsWith(".changeset/") && !path.endsWith("CHANGELOG.md"));

/** What a document links to with `[text](target)`, code blocks left out. */
function linksOf(path: string): string[] {
  const prose = readText(path).replaceAll(/^```.*?^```/gmsu, "");
  return [...prose.matchAll(/\]\((?<target>[^)\s]+)\)/gu)].map((match) => match.groups!["target"]);
}

/** The anchors that a forge gives to the headings of a document. */
function anchorsOf(path: string): string[] {
  const prose = readText(path).replaceAll(/^```.*?^```/gmsu, "");
  return [...prose.matchAll(/^#+ (?<text>.+)$/gmu)].map((match) =>
    match
      .groups!["text"].toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

describe("documents", () => {
  test.each(documents)("%s opens with its title", (path) => {
    expect(readText(path)).toMatch(/^# \S/u);
  });

  test.each(documents)("every link of %s to the repository leads somewhere", (path) => {
    const local = linksOf(path).filter((target) => !/^[a-z]+:/u.test(target));
    const broken = local.filter((target) => {
      const [file, anchor] = target.split("#", 2);
      const linked = file === "" ? path : join(dirname(path), file);
      if (!existsSync(join(root, linked))) return true;
      return anchor !== undefined && linked.endsWith(".md") && !anchorsOf(linked).includes(anchor);
    });
    expect(broken).toEqual([]);
  });
});

describe("the folder tree of CONTRIBUTING.md", () => {
  const named = folderTree(readText("CONTRIBUTING.md"));

  test("names only folders that exist", () => {
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((path) => !existsSync(join(root, path)) || !statSync(join(root, path)).isDirectory())).toEqual(
      [],
    );
  });

  test("names every top-level folder and every package", () => {
    const topLevel = new Set(
      listFiles()
        .filter((path) => path.includes("/"))
        .map((path) => path.split("/", 1)[0]),
    );
    const members = ["packages", "examples"].flatMap((parent) =>
      readdirSync(join(root, parent)).map((name) => `${parent}/${name}`),
    );
    expect([...topLevel, ...members].filter((path) => !named.includes(path))).toEqual([]);
  });
});
