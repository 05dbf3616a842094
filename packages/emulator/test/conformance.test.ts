import { mapFile, mapMemory, type MappedFile, type Region } from "@nodemm/pmem-native";
import { regionConformance, type TestFunction } from "@nodemm/pmem-native/conformance";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dram, simulatePowerFailure, withLatency } from "../src/index.ts";

type Create = (options: { readonly length: number; readonly capacity: number }) => Region;

/**
 * Claims that need two buffers over the same bytes, or bytes that outlive the transfer of their buffer: carved memory
 * has neither. Below they are claimed again in the form that it can keep.
 */
const BEYOND_CARVED_MEMORY = [
  "grow keeps every view and its bytes, and the new bytes are zero",
  "a buffer that its holder detached is not handed out again",
];

/** vitest's `test`, as the suite takes it. */
const declare: TestFunction = test;

const backends: [name: string, create: Create][] = (["byte", "cache-line", "page"] as const).flatMap((granularity) => {
  const create: Create = ({ length, capacity }) => dram({ size: length, capacity, granularity });
  return [
    [`dram() at ${granularity} granularity`, create],
    [`simulatePowerFailure(dram()) at ${granularity} granularity`, (options) => simulatePowerFailure(create(options))],
  ];
});
backends.push([
  "withLatency(dram())",
  ({ length, capacity }) => withLatency(dram({ size: length, capacity }), "optane-100"),
]);

for (const [name, create] of backends) {
  const left: string[] = [];
  regionConformance(name, { create }, { overlappingViews: false, growable: true }, (claim, body) => {
    const beyond = BEYOND_CARVED_MEMORY.find((each) => claim.endsWith(`: ${each}`));
    if (beyond === undefined) declare(claim, body);
    else left.push(beyond);
  });

  test(`${name}: only claims that the suite makes are left out`, () => {
    expect(left.sort()).toEqual(BEYOND_CARVED_MEMORY.toSorted());
  });

  test(`${name}: grow keeps every view and its bytes, and the new bytes are zero, each through its own view`, () => {
    const region = create({ length: 5000, capacity: 1 << 16 });
    region.fill(0, 5000, 6);
    const view = region.view(0, 5000);
    for (const length of [5001, 8192, 1 << 16]) {
      const before = region.length;
      region.grow(length);
      expect(view.byteLength).toBe(5000);
      const added = region.view(before, length - before);
      expect(new Uint8Array(added).every((byte) => byte === 0)).toBe(true);
      region.releaseView(added);
      region.fill(0, length, 6);
    }
    expect(new Uint8Array(view).every((byte) => byte === 6)).toBe(true);
    region.close();
  });

  test(`${name}: a buffer that its holder detached is not handed out again, and its range can be used again`, () => {
    const region = create({ length: 128, capacity: 128 });
    region.fill(0, 128, 3);
    const view = region.view(0, 64);
    structuredClone(view, { transfer: [view] });
    const again = region.view(0, 64);
    expect(again).not.toBe(view);
    expect([...new Uint8Array(again)]).toEqual(Array(64).fill(3));
    region.releaseView(view);
    expect(again.byteLength).toBe(64);
    region.close();
  });
}

let folder: string;
let files = 0;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "nodemm-emulator-"));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Whether this runtime has them: every mapped region does then. */
const probe = mapMemory({ size: 1 });
const { sharedViews } = probe;
probe.close();

function freshPath(): string {
  return join(folder, String(files++));
}

for (const [name, wrap] of [
  ["simulatePowerFailure", simulatePowerFailure],
  ["withLatency", (region: MappedFile) => withLatency(region, "cxl-expander")],
] as const) {
  regionConformance(
    `${name}(mapFile())`,
    {
      create: ({ length, capacity }) => wrap(mapFile(freshPath(), { mode: "create", size: length, capacity })),
      createReadOnly(content): Region {
        const path = freshPath();
        writeFileSync(path, content);
        return wrap(mapFile(path, { readOnly: true }));
      },
    },
    { overlappingViews: true, growable: true, sharedViews: name === "withLatency" && sharedViews },
    test,
  );
}
