import { readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { runBenchmarks, type Suite } from "../src/cli.ts";
import { describeMachine } from "../src/machine.ts";
import { describeMedium, mediumFromMountinfo } from "../src/medium.ts";
import { formatFigure } from "../src/report/format.ts";
import { type Results, writeResults } from "../src/report/results.ts";
import { makeScratchDirectory, removeScratchDirectory } from "../src/scratch.ts";
import type { Contender, Workload } from "../src/workload.ts";

let directory = "";
let output: string[] = [];
beforeEach(() => {
  directory = makeScratchDirectory(tmpdir());
  output = [];
  vi.spyOn(console, "log").mockImplementation((line: string) => void output.push(line));
  vi.spyOn(console, "error").mockImplementation((line: string) => void output.push(line));
});
afterEach(() => {
  vi.restoreAllMocks();
  removeScratchDirectory(directory);
});

function constant(name: string, figure: number): Contender {
  return { name, start: () => ({ durability: "none", sample: () => figure }) };
}

function suite(): Suite {
  const workload = (id: string, bar: number): Workload => ({
    id,
    title: `the ${id} work`,
    unit: "op/s",
    better: "higher",
    directory,
    ours: constant("ours", 100),
    peers: [
      { ...constant("peer", 200), bar },
      { name: "C", start: () => ({ absent: "no C compiler" }) },
    ],
  });
  return {
    package: "@nodemm/x",
    resultsDirectory: join(directory, "results"),
    workloads: [workload("one", 0.4), workload("two", 0.6)],
  };
}

function latest(): Results {
  return JSON.parse(readFileSync(join(directory, "results", "latest.json"), "utf8")) as Results;
}

describe("the bench command", () => {
  it("prints a table with every peer and writes the same rows to latest.json", async () => {
    expect(await runBenchmarks(suite(), [])).toBe(0);
    const text = output.join("\n");
    expect(text).toContain("the one work");
    expect(text).toMatch(/peer.*0\.50x.*>= 0\.40x.*pass/);
    expect(text).toMatch(/0\.50x.*>= 0\.60x.*MISSED/);
    expect(text).toContain("absent: C (no C compiler)");
    expect(latest().rows.map((row) => row.id)).toEqual(["one/peer", "one/C", "two/peer", "two/C"]);
    expect(latest().machine.node).toBe(process.version);
    expect(readdirSync(join(directory, "results"))).toEqual(["latest.json"]);
  });
  it("--filter runs the workloads whose id contains the text, and the file says so", async () => {
    await runBenchmarks(suite(), ["--filter", "tw"]);
    expect(latest()).toMatchObject({ filter: "tw", rows: [{ id: "two/peer" }, { id: "two/C" }] });
  });
  it("a filter that matches nothing is an error that names what there is", async () => {
    expect(await runBenchmarks(suite(), ["--filter", "three"])).toBe(2);
    expect(output.join()).toContain("one, two");
  });
  it("--json prints what the file holds and nothing else", async () => {
    await runBenchmarks(suite(), ["--json", "--quick"]);
    expect(output).toHaveLength(1);
    expect(JSON.parse(output[0])).toEqual(latest());
    expect(latest().quick).toBe(true);
  });
  it("--check turns a missed bar into exit code 1", async () => {
    expect(await runBenchmarks(suite(), ["--check"])).toBe(1);
    expect(await runBenchmarks(suite(), ["--check", "--filter", "one"])).toBe(0);
  });
  it("a workload that fails is told of, is exit code 1, and leaves the others their figures", async () => {
    const broken = suite();
    const fails = { name: "ours", start: () => Promise.reject(new Error("no such thing")) };
    const workloads = [{ ...broken.workloads[0], id: "none", ours: fails }, ...broken.workloads];
    expect(await runBenchmarks({ ...broken, workloads }, [])).toBe(1);
    expect(output[0]).toBe("none failed:");
    expect(latest().rows.map((row) => row.id)).toEqual(["one/peer", "one/C", "two/peer", "two/C"]);
  });
  it("an unknown option is refused with the list of options", async () => {
    expect(await runBenchmarks(suite(), ["--fast"])).toBe(2);
    expect(output.join()).toContain("--quick");
  });
});

describe("results", () => {
  it("a row that contradicts itself is not written", async () => {
    await runBenchmarks(suite(), []);
    const results = latest();
    const rows = [{ ...results.rows[0], ratio: 2 }];
    expect(() => writeResults(join(directory, "other"), { ...results, rows })).toThrow("one/peer: ratio");
    expect(readdirSync(directory)).not.toContain("other");
  });
});

describe("media and machine", () => {
  const TABLE = [
    "21 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw",
    "22 21 0:5 / /mnt rw - tmpfs tmpfs rw",
    "23 22 259:0 / /mnt/pm\\040em rw,dax=always shared:9 - xfs /dev/pmem0 rw,attr2",
  ].join("\n");
  it("the deepest mount point decides, and a DAX mount is named", () => {
    expect(mediumFromMountinfo(TABLE, "/home/me")).toBe("ext4 on /dev/vda");
    expect(mediumFromMountinfo(TABLE, "/mnt/x")).toBe("tmpfs");
    expect(mediumFromMountinfo(TABLE, "/mnt/pm em/x")).toBe("xfs on /dev/pmem0 (dax)");
    expect(mediumFromMountinfo(TABLE, "/mntx")).toBe("ext4 on /dev/vda");
    expect(mediumFromMountinfo("", "/")).toBe("unknown file system");
  });
  it("the machine is described by what the system says", () => {
    const machine = describeMachine();
    expect(machine.cores).toBeGreaterThan(0);
    expect(machine.memoryBytes).toBeGreaterThan(2 ** 20);
    expect(Number.isNaN(Date.parse(machine.date))).toBe(false);
    expect(describeMedium(directory)).not.toBe("");
  });
});

describe("figures", () => {
  it("three significant digits, metric prefixes from a thousand on", () => {
    expect(formatFigure(4_612_345, "op/s")).toBe("4.61 Mop/s");
    expect(formatFigure(998, "op/s")).toBe("998 op/s");
    expect(formatFigure(282_000, "op/s")).toBe("282 kop/s");
    expect(formatFigure(15.13, "GB/s")).toBe("15.1 GB/s");
  });
  it("a time is told in the unit that suits it, whatever it was measured in", () => {
    expect(formatFigure(217, "ns")).toBe("217 ns");
    expect(formatFigure(6780, "ns")).toBe("6.78 µs");
    expect(formatFigure(0.02, "ms")).toBe("20.0 µs");
    expect(formatFigure(3_490_000, "ns")).toBe("3.49 ms");
    expect(formatFigure(4800, "s")).toBe("4800 s");
    expect(formatFigure(0.1, "ns")).toBe("0.100 ns");
  });
  it("what three digits round up to a thousand has the next prefix, or no exponent at least", () => {
    expect(formatFigure(999.7, "op/s")).toBe("1.00 kop/s");
    expect(formatFigure(999_700, "op/s")).toBe("1.00 Mop/s");
    expect(formatFigure(999.4, "op/s")).toBe("999 op/s");
    expect(formatFigure(999.7, "ns")).toBe("1.00 µs");
    expect(formatFigure(999.7, "s")).toBe("1000 s");
    expect(formatFigure(999.7e9, "B/s")).toBe("1000 GB/s");
  });
});
