import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clearDevice, mapFile } from "@nodemm/pmem-native";
import { openShelf } from "@nodemm/shelf";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const device = process.env["NODEMM_VM_DEVICES"]!;
const modules = readdirSync("/sys/bus/nd/devices")
  .filter((name) => name.startsWith("nmem"))
  .map((name) => `/sys/bus/nd/devices/${name}/nfit`);
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "shutdown-"));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

test("a platform that does not count unsafe shutdowns, as the emulator's, is told from one that counted none", () => {
  using region = mapFile(join(folder, "untold"), { mode: "create", size: 4096 });
  expect(region.unsafeShutdowns).toEqual({
    known: "unsupported",
    reason: expect.stringMatching(/nmem\d.*dirty_shutdown/u) as string,
  });
});

/** The emulator's modules do not count, so this one value comes from a folder laid over theirs. All else is the kernel's. */
describe("modules that count unsafe shutdowns", () => {
  const setCount = (count: number): void => {
    for (const module of modules) writeFileSync(join(module, "dirty_shutdown"), `${count}\n`);
  };

  beforeAll(() => {
    for (const module of modules) execFileSync("mount", ["-t", "tmpfs", "count", module]);
    setCount(0);
    clearDevice(device);
  });

  afterAll(() => {
    for (const module of modules) execFileSync("umount", [module]);
  });

  /** A process opens the shelf, changes it, and is killed. */
  const killHolder = async (path: string): Promise<void> => {
    const program = join(import.meta.dirname, "../../dist/guest/hold-shelf.js");
    const holder = spawn(process.execPath, [program, path], { stdio: ["ignore", "pipe", "inherit"] });
    await once(holder.stdout, "data");
    holder.kill("SIGKILL");
    await once(holder, "exit");
  };

  test.each([
    ["a file on a DAX file system", () => join(folder, "shelf")],
    ["a DAX device", () => device],
  ])(
    "clean opens, dirty with the same count recovers, dirty with another is refused, a damaged record too: %s",
    async (_, pathOf) => {
      const path = pathOf();
      setCount(5);
      {
        using shelf = openShelf<{ held: number }>(path, { size: "1 MiB" });
        shelf.set("held", 0);
      }
      setCount(6);
      // Clean: what happened while it was closed is none of its business.
      expect(openAndRead(path)).toBe(0);
      await killHolder(path);
      // Dirty, same count.
      expect(openAndRead(path)).toBe(1);
      await killHolder(path);
      setCount(7);
      // Dirty, another count.
      expect(() => openShelf(path)).toThrow(
        expect.objectContaining({
          code: "ERR_SHELF_UNSAFE_SHUTDOWN",
          message: expect.stringMatching(/count 7 unsafe shutdowns, 6 when it was opened/u) as string,
        }) as Error,
      );
      expect(openAndRead(path, { acceptUnsafeShutdown: true })).toBe(2);
      expect(openAndRead(path)).toBe(2);
      // A damaged record.
      spoil(path, 128);
      const damaged = expect.objectContaining({ code: "ERR_SHELF_CORRUPT", structure: "shutdown record" }) as Error;
      expect(() => openShelf(path)).toThrow(damaged);
      expect(openAndRead(path, { acceptUnsafeShutdown: true })).toBe(2);
      // A damaged shelf, however it was closed.
      spoil(path, 8);
      spoil(path, 4096 + 8);
      expect(() => openShelf(path)).toThrow(expect.objectContaining({ code: "ERR_SHELF_CORRUPT" }) as Error);
    },
  );

  test("a user who may not read the count is told so, and can use the shelf", () => {
    setCount(3);
    for (const module of modules) chmodSync(join(module, "dirty_shutdown"), 0o400);
    const own = mkdtempSync(join(tmpdir(), "own-"));
    chmodSync(own, 0o777);
    const script = `import { mapFile } from "@nodemm/pmem-native";
      const region = mapFile(process.argv[1], { mode: "create", size: 4096 });
      console.log(region.unsafeShutdowns.known, region.granularity);`;
    const output = execFileSync(
      "setpriv",
      [
        ...["--reuid=1000", "--regid=1000", "--clear-groups"],
        ...[process.execPath, "--input-type=module", "-e", script, join(own, "file")],
      ],
      { cwd: import.meta.dirname, encoding: "utf8" },
    );
    expect(output).toBe("forbidden cache-line\n");
    rmSync(own, { recursive: true });
  });
});

function openAndRead(path: string, options = {}): number | undefined {
  using shelf = openShelf<{ held: number }>(path, options);
  return shelf.get("held");
}

/** Changes one bit. */
function spoil(path: string, offset: number): void {
  using region = mapFile(path);
  new Uint8Array(region.view(offset, 1))[0] ^= 4;
  region.persist(offset, 1);
}
