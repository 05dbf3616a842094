import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mapFile } from "@nodemm/pmem-native";
import { openShelf } from "@nodemm/shelf";
import { expect, test } from "vitest";

/** What the platform was told to save when power fails, by the region's word for it. */
const domain = process.env["NODEMM_VM_DOMAIN"] as "cpu-cache" | "memory-controller" | "unreported";
const device = process.env["NODEMM_VM_DEVICES"]!;

/** What follows from it. Granularity and instruction are chosen once, when the file is mapped. */
const flushed = domain !== "cpu-cache";
const expected = {
  persistenceDomain: domain,
  granularity: flushed ? "cache-line" : "byte",
  instructions: expect.objectContaining({ flush: flushed ? "clwb" : "none" }) as object,
  durability: expect.objectContaining({ survives: "power-failure" }) as object,
};

test(`the kernel reports the platform's persistence domain: ${domain}`, () => {
  const regions = readdirSync("/sys/bus/nd/devices").filter((name) => name.startsWith("region"));
  const words = { "cpu-cache": "cpu_cache", "memory-controller": "memory_controller", unreported: undefined };
  expect(regions.length).toBeGreaterThan(0);
  for (const region of regions) expect(reported(region)).toBe(words[domain]);
});

function reported(region: string): string | undefined {
  try {
    return readFileSync(`/sys/bus/nd/devices/${region}/persistence_domain`, "utf8").trim();
  } catch {
    return undefined;
  }
}

test(`a file and a device are ${flushed ? "flushed by lines" : "only fenced, never flushed"}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "domain-"));
  {
    using file = mapFile(join(folder, "mapped"), { mode: "create", size: 1 << 20 });
    expect(file).toMatchObject(expected);
    file.fill(0, 1 << 20, 3);
    file.persist(0, 1 << 20);
    using raw = mapFile(device);
    expect(raw).toMatchObject(expected);
    raw.persist(0, 4096);
    using shelf = openShelf(join(folder, "shelf"), { size: "1 MiB" });
    expect(shelf.granularity).toBe(expected.granularity);
    shelf.set("x", 1);
    expect(() =>
      mapFile(join(folder, "refused"), { mode: "create", size: 4096, granularity: "byte" }).close(),
    ).toSatisfy((make: () => void) => (flushed ? codeOf(make) === "ERR_PMEM_GRANULARITY" : codeOf(make) === "ok"));
  }
  rmSync(folder, { recursive: true });
});

function codeOf(work: () => void): string {
  try {
    work();
    return "ok";
  } catch (error) {
    return (error as { code: string }).code;
  }
}
