import { expect, test } from "vitest";
import { findSaveCalls } from "../src/mutants/save-calls.ts";
import { applyChange } from "../src/mutants/source-change.ts";

test("finds calls that save or persist and whose value nobody takes, and transactions", () => {
  const source = `
    storage.snapshot(0, 8);
    this.shelf?.snapshotMany(ranges);
    const update = () => storage.persist(0, 4);
    storage.transaction(() => { storage.flush(begin, end); storage.drain(); });
    const saved = storage.snapshot(1, 2);
    storage.flush(0, 0);
    persist(view);
    storage.transaction();
  `;
  const changes = findSaveCalls(source);
  expect(changes.map((change) => change.text.slice(0, 40))).toEqual([
    "storage.snapshot(0, 8)",
    "this.shelf?.snapshotMany(ranges)",
    "storage.persist(0, 4)",
    "storage.transaction(() => { storage.flus",
    "storage.flush(begin, end)",
    "storage.drain()",
  ]);
  const [snapshot, , persist, transaction] = changes.map((change) => applyChange(source, change).split("\n"));
  expect(snapshot[1].trim()).toBe("void 0;");
  expect(persist[3].trim()).toBe("const update = () => void 0;");
  expect(transaction[4].trim()).toBe("(() => { storage.flush(begin, end); storage.drain(); })();");
});
