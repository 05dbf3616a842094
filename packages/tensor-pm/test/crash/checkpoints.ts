import { type CrashContext, dram, type ExploreOptions } from "@nodemm/emulator";
import { openShelf, type Shelf } from "@nodemm/shelf";
import {
  ChangeSet,
  eraseCheckpoint,
  listVersions,
  load,
  pruneVersions,
  save,
  type SaveOptions,
  tensor,
  tensorTypes,
} from "../../src/index.ts";

const weights = 96;
const shelfBytes = 128 * 1024;
/** Makes the record too long for the catalog, so that it has an extent, as the data have. */
export const longNote: string = "n".repeat(4096);

interface State {
  readonly weights: ReturnType<typeof tensor>;
  readonly bias: ReturnType<typeof tensor>;
  epoch: number;
  readonly note: string;
}

function advance(state: State, changes: ChangeSet): void {
  state.epoch++;
  state.weights.array.set(state.epoch, 100 + state.epoch);
  changes.add(state.weights, state.epoch, 1);
  state.bias.fill_(state.epoch);
  changes.add(state.bias);
}

function textOf({ epoch, weights: w, bias }: State): string {
  return `${epoch}: ${JSON.stringify(w.toArray())} | ${JSON.stringify(bias.toArray())}`;
}

/** What a checkpoint holds, as text, where every version can be loaded; each element of the state says which epoch it is of. */
function contentOf(shelf: Shelf<Record<string, any>>): string {
  if (!shelf.has("run")) return "nothing";
  for (const { version } of listVersions(shelf, "run")) load(shelf, "run", { version, copy: true });
  return textOf(load<State>(shelf, "run", { copy: true }));
}

/** Where the last save wrote. */
function changeWeights({ weights: w, epoch }: State): void {
  w.narrow(0, epoch, 2).add_(1000);
}

/** Changes a checkpoint in place, by an operation that is all or nothing. */
function changeLoaded(shelf: Shelf<Record<string, any>>, context: CrashContext<string>): void {
  const loaded = load<State>(shelf, "run");
  const changed = { ...loaded, weights: loaded.weights.clone() };
  changeWeights(changed);
  context.expect(textOf(loaded), textOf(changed));
  changeWeights(loaded);
  context.expect(textOf(changed));
}

/** The same UUIDs and times in every run, so that a crash state has the same bytes when it is replayed. */
function fixEntropy(): void {
  let made = 0;
  Date.now = () => Date.UTC(2026, 0, 1);
  globalThis.crypto.getRandomValues = (bytes) => {
    if (bytes instanceof Uint8Array) bytes.fill(++made);
    return bytes;
  };
}

/** Each way to save. */
export const ways: Record<string, (changes: ChangeSet) => SaveOptions> = {
  "whole, in turn": () => ({}),
  "whole, two versions": () => ({ keep: 2 }),
  compared: () => ({ changes: "compare" }),
  told: (changes) => ({ changes }),
};

/** Saves, and what a power failure may leave of them; `isChanged` also between saves, through what was loaded. */
export function checkpointExploration(
  way: (changes: ChangeSet) => SaveOptions,
  granularity: "cache-line" | "page",
  note = "",
  isChanged = false,
): ExploreOptions<string> {
  return {
    nestedDepth: 1,
    limitPerPoint: 16,
    nestedLimitPerPoint: 8,
    create() {
      fixEntropy();
      return dram({ size: shelfBytes, granularity });
    },
    workload(region, context) {
      context.expect("nothing");
      const shelf = openShelf<Record<string, any>>(region, { types: tensorTypes });
      const state: State = { weights: tensor({ shape: [weights] }), bias: tensor([0, 0]), epoch: 0, note };
      const changes = new ChangeSet();
      for (let before = contentOf(shelf), epoch = 0; epoch < 4; epoch++) {
        advance(state, changes);
        const next = textOf(state);
        context.expect(before, next);
        save(shelf, "run", state, way(changes));
        context.expect(next);
        if (isChanged) {
          changeLoaded(shelf, context);
          // As it is in the checkpoint, of which the next save writes something else.
          changeWeights(state);
        }
        before = textOf(state);
      }
      pruneVersions(shelf, "run", { keep: 1 });
      context.expect(contentOf(shelf), "nothing");
      eraseCheckpoint(shelf, "run");
      context.expect("nothing");
      // Ends the copies of threads too.
      shelf.close();
    },
    verify(region, context) {
      const shelf = openShelf<Record<string, any>>(region, { types: tensorTypes });
      const content = contentOf(shelf);
      if (!context.expected.includes(content)) {
        throw new Error(`loaded\n${content}\nexpected one of\n${context.expected.join("\n")}`);
      }
      context.expect(content);
      if (context.crashes > 1) return;
      if (isChanged && content !== "nothing") changeLoaded(shelf, context);
      // It takes another save, which wants the space that the interrupted one had reserved.
      const after = { weights: tensor({ shape: [weights] }).fill_(-1), bias: tensor([-1, -1]), epoch: -1, note };
      context.expect(contentOf(shelf), textOf(after));
      save(shelf, "run", after);
      context.expect(contentOf(shelf));
      const large = [...shelf.keys()].filter((name) => shelf.info(name)!.byteLength === weights * 4).length;
      shelf.close();
      if (large > 4) throw new Error(`${large} data variables of ${weights * 4} bytes: an interrupted save leaked`);
    },
  };
}
