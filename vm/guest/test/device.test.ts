import { spawnSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { basename } from "node:path";
import { clearDevice, mapFile, type MappedFile } from "@nodemm/pmem-native";
import { regionConformance } from "@nodemm/pmem-native/conformance";
import { openReader, openShelf } from "@nodemm/shelf";
import { afterEach, expect, test, vi } from "vitest";
import { Window } from "./window.ts";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** Some claims need two regions, and a device gives one at a time. */
const devices = process.env["NODEMM_VM_DEVICES"]!.split(",");
const [device] = devices;
const attribute = (name: string, of = device): number =>
  Number(readFileSync(`/sys/bus/dax/devices/${basename(of)}/${name}`, "utf8"));
let windows: Window[] = [];

afterEach(() => {
  for (const window of windows) window.close();
  windows = [];
});

regionConformance(
  "a DAX device",
  {
    create({ length }) {
      const free = devices.find((path) => windows.every((window) => window.closed || window.source !== path));
      const window = new Window(mapFile(free!), length);
      windows.push(window);
      return window;
    },
  },
  { overlappingViews: true, growable: false, deepFlush: false },
  test,
);

test("the device is mapped whole, at its alignment, and flushed by lines", () => {
  using region = mapFile(device);
  expect(statSync(device).isCharacterDevice()).toBe(true);
  expect(attribute("align")).toBe(2 << 20);
  expect(region).toMatchObject({ kind: "dax-device", length: attribute("size"), created: false });
  expect(region).toMatchObject({ granularity: "cache-line", persistenceDomain: "memory-controller" });
  expect(region.length % attribute("align")).toBe(0);
  expect(region.durability).toMatchObject({ survives: "power-failure" });
  expect(region.badBlocks).toEqual({ known: "value", value: [] });
  const last = new Uint8Array(region.view(region.length - 1, 1));
  last[0] = 77;
  region.persist(region.length - 1, 1);
});

test("a device of small pages is mapped in their units", () => {
  const small = devices[1];
  using region = mapFile(small);
  expect(attribute("align", small)).toBe(4096);
  expect(region).toMatchObject({ kind: "dax-device", length: attribute("size", small), granularity: "cache-line" });
  region.fill(region.length - 4096, 4096, 5);
  region.persist(region.length - 4096, 4096);
  expect(region.readSafely(region.length - 1, 1)).toEqual(Uint8Array.of(5));
});

test("a device cannot grow, and says what it is and what was asked for", () => {
  using region = mapFile(device);
  const refused = { code: "ERR_PMEM_CAPACITY", message: expect.stringMatching(/device of \d+ bytes.*cannot grow/u) };
  expect(() => region.grow(region.length + 1)).toThrow(expect.objectContaining(refused));
  region.persist(0, 64);
});

test("DAX_RESET=1 clears all of the device, and clearDevice does", () => {
  const filled = (region: MappedFile): boolean => {
    const bytes = Buffer.from(region.view(0, region.length));
    return bytes.includes(9);
  };
  for (const clear of ["variable", "function"]) {
    {
      using region = mapFile(device);
      region.fill(0, region.length, 9);
      region.drain();
      expect(filled(region)).toBe(true);
    }
    const told = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    if (clear === "variable") {
      vi.stubEnv("DAX_RESET", "1");
      mapFile(device).close();
      vi.unstubAllEnvs();
      expect(told).toHaveBeenCalledWith(expect.stringContaining(device));
    } else {
      clearDevice(device);
    }
    told.mockRestore();
    using region = mapFile(device);
    expect(Buffer.from(region.view(0, region.length)).every((byte) => byte === 0)).toBe(true);
  }
});

test("another process is refused while the device is mapped", () => {
  using region = mapFile(device);
  const script = `import { mapFile } from "@nodemm/pmem-native"; try { mapFile(${JSON.stringify(device)}) } catch (error) { console.log(error.code) }`;
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    cwd: import.meta.dirname,
    encoding: "utf8",
  });
  expect(stdout).toBe("ERR_PMEM_LOCKED\n");
  region.persist(0, 64);
});

test("readers look at the device's shelf, beside its writer and without one", () => {
  clearDevice(device);
  {
    using shelf = openShelf(device, { size: 1 << 20 });
    shelf.set("x", 1).set("bytes", new Uint8Array(1000).fill(5));
    using reader = openReader(device);
    expect(reader.inspect()).toMatchObject({ hasWriter: true, names: 2 });
    shelf.set("x", 2);
    expect([reader.get("x"), reader.stale, reader.refresh(), reader.get("x")]).toEqual([1, true, true, 2]);
    expect(reader.get("bytes")).toEqual(new Uint8Array(1000).fill(5));
  }
  using reader = openReader(device);
  expect([reader.get("x"), reader.inspect().hasWriter]).toEqual([2, false]);
});

test("a transaction on the device that was cut short is undone by the next writer, until when readers are refused", () => {
  const script = `
    import { openReader, openShelf } from "@nodemm/shelf";
    const shelf = openShelf(${JSON.stringify(device)});
    shelf.transaction(() => {
      shelf.snapshot("bytes");
      shelf.get("bytes").fill(9);
      process.kill(process.pid, "SIGKILL");
    });`;
  spawnSync(process.execPath, ["--input-type=module", "-e", script], { cwd: import.meta.dirname });
  const refused = { code: "ERR_SHELF_BUSY", message: expect.stringMatching(/cut short.*openShelf/u) };
  expect(() => openReader(device)).toThrow(expect.objectContaining(refused));
  openShelf(device).close();
  using reader = openReader(device);
  expect(reader.get("bytes")).toEqual(new Uint8Array(1000).fill(5));
});

test("a shelf lives on the device", () => {
  clearDevice(device);
  {
    using shelf = openShelf(device, { size: 1 << 20 });
    expect(shelf.usage().size).toBe(attribute("size"));
    shelf.set("kept", { until: "the machine has restarted" });
    shelf.set("bytes", new Uint8Array(1 << 20).fill(5));
  }
  using shelf = openShelf(device);
  expect(shelf.get("kept")).toEqual({ until: "the machine has restarted" });
});
