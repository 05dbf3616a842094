/**
 * Saves checkpoints until it is killed, and says what it begins and what is done, a line each, to descriptor 3. First it looks
 * at what the one before it left: `found <epoch>`, or `broken <why>`.
 */
import { writeSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { openShelf } from "@nodemm/shelf";
import { ChangeSet, listVersions, load, save, saveAsync, tensorTypes } from "../../src/index.ts";
import { epochOf, sparseElements, type State, stateAt } from "./state.ts";

const [, , path, sabotage] = process.argv;

function say(line: string): void {
  writeSync(3, `${line}\n`);
}

const shelf = openShelf<Record<string, any>>(path, { size: "24 MiB", types: tensorTypes });

function foundEpoch(): number {
  if (!shelf.has("run")) return 0;
  const versions = listVersions(shelf, "run").map(({ version }) => epochOf(load<State>(shelf, "run", { version })));
  return versions.at(-1)!;
}

let state: State;
try {
  state = stateAt(foundEpoch());
  say(`found ${state.epoch}`);
} catch (error) {
  say(`broken ${(error as Error).message}`);
  process.exit(1);
}

const changes = new ChangeSet();

function advance(): void {
  state.epoch++;
  for (const each of state.dense.values()) each.fill_(state.epoch);
  const at = state.epoch % sparseElements;
  state.sparse.array.set(at, state.epoch);
  for (const each of state.dense.values()) changes.add(each);
  changes.add(state.sparse, at, 1);
}

/** Each way to save, in turn; one goes on training while it saves. */
const ways: (() => unknown)[] = [
  () => save(shelf, "run", state),
  () => save(shelf, "run", state, { keep: 2, changes: "compare" }),
  () => save(shelf, "run", state, { keep: 2, changes: sparseOnly ?? changes }),
  async () => {
    const saved = saveAsync(shelf, "run", state, { keep: 2 });
    for (const each of state.dense.values()) each.fill_(-1);
    await saved;
    for (const each of state.dense.values()) each.fill_(state.epoch);
  },
  // On pages the sparse one is written ahead; what follows comes before, while and after it is brought to its place.
  () => save(shelf, "run", state, { changes: sparseOnly ?? changes }),
  () => save(shelf, "run", state, { changes: sparseOnly ?? changes }),
  async () => {
    await saveAsync(shelf, "run", state, { changes: sparseOnly ?? changes });
    await setTimeout(state.epoch % 4);
  },
  () => {
    save(shelf, "run", state, { changes: sparseOnly ?? changes });
    epochOf(load<State>(shelf, "run"));
  },
  () => save(shelf, "run", state, { changes: "compare" }),
];
/** Sabotage: says of the dense tensors that they have not changed. */
const sparseOnly = sabotage === "mixed" ? new ChangeSet() : undefined;

for (;;) {
  advance();
  sparseOnly?.add(state.sparse);
  say(`begin ${state.epoch}`);
  if (sabotage === "early") say(`done ${state.epoch}`);
  await ways[state.epoch % ways.length]();
  changes.clear();
  say(`done ${state.epoch}`);
}
