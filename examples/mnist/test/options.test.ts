import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { parseOptions } from "../src/options.ts";

describe("options", () => {
  it("without any the shelf is a file in the working directory, killed three times on the whole data set", () => {
    expect(parseOptions([])).toMatchObject({
      path: "mnist.shelf",
      pathGiven: false,
      images: 60_000,
      kills: 3,
      accuracy: 0.95,
    });
  });
  it("a folder as path holds the shelf, anything else is the shelf", () => {
    expect(parseOptions(["--path", tmpdir()])).toMatchObject({ path: join(tmpdir(), "mnist.shelf"), pathGiven: true });
    expect(parseOptions(["--path", "other"])).toMatchObject({ path: "other", pathGiven: true });
  });
  it("numbers are whole and in range, unknown options are refused", () => {
    const bad = [
      ["--kills", "0"],
      ["--kills", ""],
      ["--epochs", "1.5"],
      ["--images", "999"],
      ["--seed", "-1"],
      ["--accuracy", "101"],
    ];
    for (const args of bad) expect(() => parseOptions(args)).toThrow(TypeError);
    expect(() => parseOptions(["--fast"])).toThrow("--fast");
  });
  it("--help asks for help", () => {
    expect(parseOptions(["--help"])).toBeNull();
  });
});
