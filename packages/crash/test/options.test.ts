import { expect, test } from "vitest";
import { readOptions } from "../src/options.ts";

test("reads what it is told, the long form included", () => {
  expect(readOptions(["--long", "--minutes", "10", "--seed", "7", "--workers", "2", "--json"])).toMatchObject({
    form: "long",
    minutes: 10,
    seed: 7,
    workers: 2,
    json: true,
    mutants: true,
  });
  expect(readOptions(["--", "--filter", "growing"])).toMatchObject({
    form: "short",
    filter: "growing",
    mutants: false,
  });
  expect(readOptions(["--help"])).toBeUndefined();
});

test.each([["--images", "many"], ["--workers", "0"], ["--seed", "-1"], ["--lnog"]])(
  "refuses %j with a message",
  (...args) => {
    expect(() => readOptions(args)).toThrow(TypeError);
  },
);
