/** Mistakes in the order of a save that writes changed blocks ahead, made on purpose: the explorations find each. */
import { type CrashViolation, exploreCrashes } from "@nodemm/emulator";
import type * as Codecs from "../../src/checkpoint/codecs.ts";
import type * as Delta from "../../src/checkpoint/delta.ts";
import type * as Fold from "../../src/checkpoint/fold.ts";
import { afterEach, describe, expect, test, vi } from "vitest";

type DeltaModule = typeof Delta;
type FoldModule = typeof Fold;
type CodecsModule = typeof Codecs;

const modules = {
  delta: "../../src/checkpoint/delta.ts",
  fold: "../../src/checkpoint/fold.ts",
  codecs: "../../src/checkpoint/codecs.ts",
};

afterEach(() => {
  for (const path of Object.values(modules)) vi.doUnmock(path);
  vi.resetModules();
});

/**
 * Violations in explorations over sources of which one module is changed: of saves with nothing between them, and with
 * changes of what was loaded.
 */
async function violations(): Promise<readonly CrashViolation[]> {
  vi.resetModules();
  const { checkpointExploration, ways } = await import("./checkpoints.ts");
  for (const isChanged of [false, true]) {
    const options = {
      ...checkpointExploration(ways["told"], "page", "", isChanged),
      nestedDepth: 0,
      stopAtFirst: true,
    };
    const found = exploreCrashes(options).violations;
    if (found.length > 0) return found;
  }
  return [];
}

const mutants: Record<string, () => void> = {
  "the record lets go of the delta before the base has its blocks": () =>
    vi.doMock(modules.fold, async (original) => ({
      ...(await original<FoldModule>()),
      finishFold: () => undefined,
    })),
  "a base is given away whose delta is needed still": () =>
    vi.doMock(modules.delta, async (original) => ({ ...(await original<DeltaModule>()), sayFolded: () => undefined })),
  "the delta says that it is folded before the base is durable": () =>
    vi.doMock(modules.fold, async (original) => {
      const fold = await original<FoldModule>();
      const { sayFolded } = await vi.importActual<DeltaModule>(modules.delta);
      const foldForGood: FoldModule["foldForGood"] = (shelf, name, record) => {
        const { delta } = record;
        if (delta !== undefined) {
          sayFolded(shelf, record.dataName(delta));
          shelf.storage(record.dataName(delta)).persist(0, 8);
        }
        fold.foldForGood(shelf, name, record);
      };
      return { ...fold, foldForGood };
    }),
  "blocks come to the base before the record names the delta": () =>
    vi.doMock(modules.codecs, async (original) => {
      const codecs = await original<CodecsModule>();
      const { readDelta } = await import("../../src/checkpoint/delta.ts");
      const putRecord: CodecsModule["putRecord"] = (shelf, name, record) => {
        const { delta } = record;
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it is a whole shelf
        const whole = shelf as unknown as Parameters<FoldModule["finishFold"]>[0];
        if (delta !== undefined) whole.copyMany(readDelta(whole, name, record, delta));
        codecs.putRecord(shelf, name, record);
      };
      return { ...codecs, putRecord };
    }),
  "the next delta goes where the one is that the record names": () =>
    vi.doMock(modules.delta, async (original) => ({
      ...(await original<DeltaModule>()),
      spareDelta: (record: Parameters<DeltaModule["spareDelta"]>[0]) =>
        record.data.find(({ number }) => number === record.delta),
    })),
};

describe("a save that writes changed blocks ahead", () => {
  test("is right as it is", async () => {
    expect(await violations()).toStrictEqual([]);
  });

  test.each(Object.entries(mutants))("is found out when %s", async (_, mutate) => {
    mutate();
    const found = await violations();
    expect(found.length).toBeGreaterThan(0);
    console.log(`found: ${String(found[0].error).slice(0, 300)}`);
  });
});
