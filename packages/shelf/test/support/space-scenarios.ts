import { dram } from "@nodemm/emulator";
import { list } from "../../src/index.ts";
import { type Scenario, shelfBytes } from "./explore.ts";
import { contentOf } from "./workload.ts";

/** Extents that go into a gap, and one that has to step aside first; the catalog is written anew, the end is given back. */
const compact: Scenario = {
  run(shelf, expect) {
    const bytes = (length: number): Uint8Array => new Uint8Array(length).fill(length % 256);
    expect("", contentOf([["gap", bytes(2000)]]));
    shelf.set("gap", bytes(2000));
    const content = new Map<string, unknown>([["gap", bytes(2000)]]);
    for (const [name, value] of [
      ["large", bytes(3000)],
      ["queue", list([1, bytes(500)])],
      ["small", bytes(900)],
    ] as const) {
      const before = contentOf(content);
      content.set(name, value);
      expect(before, contentOf(content));
      shelf.set(name, value);
    }
    const before = contentOf(content);
    content.delete("gap");
    expect(before, contentOf(content));
    shelf.delete("gap");
    expect(contentOf(content));
    shelf.compact({ detachViews: true, shrink: true });
    expect(contentOf(content));
  },
};

/** What does not fit makes the shelf larger, in the middle of a transaction. */
const growByItself: Scenario = {
  create: (granularity) => dram({ size: shelfBytes, capacity: 4 * shelfBytes, granularity }),
  open: { grow: "auto" },
  run(shelf, expect) {
    const [small, large] = [new Uint8Array(100).fill(1), new Uint8Array(50_000).fill(2)];
    expect("", contentOf([["small", small]]));
    shelf.set("small", small);
    expect(
      contentOf(shelf),
      contentOf([
        ["small", small.slice().fill(3)],
        ["large", large],
      ]),
    );
    shelf.transaction(() => {
      shelf.snapshot("small");
      (shelf.get("small") as Uint8Array).fill(3);
      shelf.set("large", large);
    });
    expect(contentOf(shelf));
  },
};

/** Scratch values lie where the next value may: a crash leaves nothing of them. */
const scratch: Scenario = {
  run(shelf, expect) {
    const bytes = new Uint8Array(300).fill(4);
    expect("", contentOf([["kept", bytes]]));
    const first = shelf.scratch(new Uint8Array(500).fill(9));
    shelf.set("kept", bytes);
    expect(contentOf([["kept", bytes]]));
    first.free();
    expect(
      contentOf([["kept", bytes]]),
      contentOf([
        ["kept", bytes],
        ["more", bytes],
      ]),
    );
    shelf.scratch(new Uint8Array(200).fill(8));
    shelf.set("more", bytes);
    expect(
      contentOf([
        ["kept", bytes],
        ["more", bytes],
      ]),
    );
  },
};

export const spaceScenarios: Readonly<Record<string, Scenario>> = {
  compacting: compact,
  "growing by itself": growByItself,
  "scratch values between others": scratch,
};
