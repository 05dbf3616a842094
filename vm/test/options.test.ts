import { expect, test } from "vitest";
import { readOptions } from "../src/options.ts";

const chapters = ["ext4", "devdax"];
const read = (...args: string[]): unknown => readOptions(args, chapters);

test("each form has its number of power cuts, which --cuts overrides", () => {
  expect(read()).toMatchObject({ form: "default", cuts: 30, only: [], machines: 2, json: false });
  expect(read("--short")).toMatchObject({ form: "short", cuts: 8 });
  expect(read("--long")).toMatchObject({ form: "long", cuts: 400 });
  expect(read("--long", "--cuts", "7")).toMatchObject({ form: "long", cuts: 7 });
});

test("chapters are chosen by name", () => {
  expect(read("--only", "devdax,ext4")).toMatchObject({ only: ["devdax", "ext4"] });
});

test.each([
  [["--only", "ext5"], /no chapter "ext5".*ext4, devdax/u],
  [["--cuts", "0"], /--cuts.*at least 1.*"0"/u],
  [["--cuts", "many"], /--cuts.*"many"/u],
  [["--seed", "-1"], /--seed/u],
  [["--short", "--long"], /found both/u],
  [["--unknown"], /--unknown/u],
])("%j is refused by name", (args, reason) => {
  expect(() => readOptions(args, chapters)).toThrow(reason);
});
