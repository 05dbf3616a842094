import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";

/** A platform that no addon is built for, as the packages see one. */
const program = `
  Object.defineProperty(process, "platform", { value: "sunos" });
  Object.defineProperty(process, "arch", { value: "mips" });
  const { mapFile, mapFileAsync } = await import("@nodemm/pmem-native");
  const { dram } = await import("@nodemm/emulator");
  const { openShelf } = await import("@nodemm/shelf");
  const codeOf = ({ code, message }) => ({ code, message });
  const refused = await mapFileAsync("file").catch(codeOf);
  let thrown;
  try {
    mapFile("file");
  } catch (error) {
    thrown = codeOf(error);
  }
  const region = dram({ size: 1 << 22 });
  const shelf = openShelf(region);
  shelf.set("greeting", "hello");
  const kept = shelf.get("greeting");
  shelf.close();
  console.log(JSON.stringify({ thrown, refused, kept }));
`;

test("on a platform without an addon mapFile says how to build one, and a shelf on the emulator's memory works", () => {
  const env = { ...process.env, PREBUILDS_ONLY: "1" };
  const output = execFileSync(process.execPath, ["--input-type=module", "--eval", program], {
    cwd: import.meta.dirname,
    env,
    encoding: "utf8",
  });
  const explained = {
    code: "ERR_PMEM_NO_BINDING",
    message: expect.stringMatching(/no native addon for sunos-mips .*npx node-gyp rebuild.*dram\(\) region works/u),
  };
  expect(JSON.parse(output)).toEqual({ thrown: explained, refused: explained, kept: "hello" });
});
