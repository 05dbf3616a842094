import { dram, type PersistKind, simulatePowerFailure } from "@nodemm/emulator";
import { zeros } from "@nodemm/ndarray-pm";
import { openShelf, type Shelf } from "@nodemm/shelf";
import { describe, expect, test } from "vitest";
import { eraseSeries, openSeries, type Series, tensorTypes } from "../src/index.ts";

type AnyShelf = Shelf<Record<string, any>>;

interface Fresh {
  readonly shelf: AnyShelf;
  /** What a power failure would leave now. */
  readonly reopened: () => AnyShelf;
  /** What was asked of the region since the last call. */
  readonly operations: () => PersistKind[];
}

function freshShelf(image?: Uint8Array): Fresh {
  let kinds: PersistKind[] = [];
  const memory = image === undefined ? dram({ size: 4 << 20 }) : dram({ image });
  const region = simulatePowerFailure(memory, { onPersistPoint: (kind) => kinds.push(kind) });
  return {
    shelf: openShelf(region, { types: tensorTypes }),
    reopened: () => openShelf(dram({ image: region.durableImage() }), { types: tensorTypes }),
    operations: () => {
      const found = kinds;
      kinds = [];
      return found;
    },
  };
}

/** The bytes of a shelf on memory of its own. */
function imageOf(shelf: AnyShelf): Uint8Array {
  const region = simulatePowerFailure(dram({ size: 4 << 20 }));
  const copy: AnyShelf = openShelf(region, { types: tensorTypes });
  copy.set("losses", shelf.get("losses"));
  copy.set("losses/0", shelf.get("losses/0"));
  return region.durableImage();
}

const columns = ["loss", "accuracy"];

describe("a series", () => {
  test("goes on where it was left, with every row durable", () => {
    const { shelf, reopened } = freshShelf();
    const losses = openSeries(shelf, "losses", { columns });
    losses.append(1, { loss: 0.5, accuracy: 0.25 }, 1000);
    losses.append(2, { loss: 0.125 }, 2000);
    const again = openSeries(reopened(), "losses", { columns });
    again.append(3, { accuracy: -0, loss: NaN }, 3000);
    expect([...again.toFloat64Array("step")]).toStrictEqual([1, 2, 3]);
    expect([...again.toFloat64Array("time")]).toStrictEqual([1000, 2000, 3000]);
    expect([...again.toFloat64Array("loss")]).toStrictEqual([0.5, 0.125, NaN]);
    expect([...again.toFloat64Array("accuracy")]).toStrictEqual([0.25, NaN, -0]);
    expect([again.length, losses.length, again.columns]).toStrictEqual([3, 2, columns]);
  });

  test("takes one fence an append", () => {
    const { shelf, operations } = freshShelf();
    const losses = openSeries(shelf, "losses", { columns });
    losses.append(1, {});
    operations();
    losses.append(2, { loss: 1 });
    // The step, the time, two values and the check.
    expect(operations()).toStrictEqual(["flush", "flush", "flush", "flush", "flush", "drain"]);
  });

  test("forgets, durably, what a crash has left of a row, so that parts of the next cannot complete it", () => {
    const whole = freshShelf();
    const complete = openSeries(whole.shelf, "losses", { columns });
    complete.append(1, {});
    complete.append(2, { loss: 5, accuracy: 6 }, 7);
    // As when all of the second row but its loss had become durable.
    const lossAt = (2 * 1024 + 1) * 8;
    const loss = new Float64Array(whole.shelf.storage("losses/0").buffer, lossAt, 1);
    loss[0] = 0;
    whole.shelf.storage("losses/0").persist(lossAt, 8);
    const torn = simulatePowerFailure(dram({ image: imageOf(whole.reopened()) }));
    const shelf: AnyShelf = openShelf(torn, { types: tensorTypes });
    expect(openSeries(shelf, "losses", { columns }).length).toBe(1);
    // As when of another row nothing but its loss, the same, had become durable.
    new Float64Array(shelf.storage("losses/0").buffer, lossAt, 1)[0] = 5;
    shelf.storage("losses/0").persist(lossAt, 8);
    const after: AnyShelf = openShelf(dram({ image: torn.durableImage() }), { types: tensorTypes });
    expect(openSeries(after, "losses", { columns }).length).toBe(1);
  });

  test("grows without moving what was given out, which is the stored bytes themselves", () => {
    const { shelf, reopened } = freshShelf();
    const losses = openSeries(shelf, "losses", { columns: ["loss"] });
    losses.append(0, { loss: 0 });
    const [view] = losses.chunks("loss");
    for (let step = 1; step < 4000; step++) losses.append(step, { loss: step / 2 });
    expect([view.length, view[0], view.buffer === losses.chunks("loss")[0].buffer]).toStrictEqual([1, 0, true]);
    expect(losses.chunks("loss").map(({ length }) => length)).toStrictEqual([1024, 2048, 928]);
    const expected = Float64Array.from({ length: 4000 }, (_, step) => step / 2);
    expect(losses.toFloat64Array("loss")).toStrictEqual(expected);
    expect(openSeries(reopened(), "losses", { columns: ["loss"] }).toFloat64Array("loss")).toStrictEqual(expected);
  });

  test("takes its time from the clock where it is told none", () => {
    const { shelf } = freshShelf();
    const losses = openSeries(shelf, "losses", { columns });
    const before = Date.now();
    losses.append(1, {});
    const [time] = losses.toFloat64Array("time");
    expect(time >= before && time <= Date.now()).toBe(true);
  });

  test("is erased with all its rows, and a new one of its name begins empty, also where only the name was erased", () => {
    const { shelf } = freshShelf();
    openSeries(shelf, "losses", { columns }).append(1, {});
    expect([eraseSeries(shelf, "losses"), eraseSeries(shelf, "losses"), [...shelf.keys()]]).toStrictEqual([
      true,
      false,
      [],
    ]);
    const losses = openSeries(shelf, "losses", { columns });
    losses.append(1, {});
    shelf.delete("losses");
    const other = openSeries(shelf, "losses", { columns });
    expect(other.length).toBe(0);
    expect(() => losses.append(2, {})).toThrow(expect.objectContaining({ code: "ERR_SHELF_ERASED" }));
    shelf.close();
    expect(() => other.append(2, {})).toThrow(expect.objectContaining({ code: "ERR_SHELF_CLOSED" }));
  });
});

test("misuse of a series is refused with nothing added", () => {
  const { shelf } = freshShelf();
  const losses = openSeries(shelf, "losses", { columns });
  expect(() => losses.append("1" as never, {})).toThrow(TypeError);
  expect(() => losses.append(1, { loss: 1n as never })).toThrow(TypeError);
  expect(() => losses.append(1, { los: 1 })).toThrow(/no column "los"; there are loss, accuracy/);
  expect(() => losses.chunks("check")).toThrow(RangeError);
  expect(losses.length).toBe(0);
  for (const wrong of [[], ["a", "a"], ["step"], [""], Array.from({ length: 1001 }, (_, at) => `c${at}`)]) {
    expect(() => openSeries(shelf, "x", { columns: wrong })).toThrow(RangeError);
  }
  expect(() => openSeries(shelf, "x", { columns: "a" as never })).toThrow(TypeError);
  expect(() => openSeries(shelf, "losses", undefined as never)).toThrow(/^openSeries: expected \{ columns: \[...\] \}/);
  expect(() => openSeries(shelf, "x", { columns: [1 as never] })).toThrow(TypeError);
  shelf.set("y", [1]);
  expect(() => openSeries(shelf, "y", { columns })).toThrow(expect.objectContaining({ code: "ERR_SERIES_NAME_TAKEN" }));
  expect(() => eraseSeries(shelf, "y")).toThrow(expect.objectContaining({ code: "ERR_SERIES_NAME_TAKEN" }));
  expect(() => openSeries(shelf, "losses", { columns: ["loss"] })).toThrow(
    expect.objectContaining({ code: "ERR_SERIES_COLUMNS", series: "losses" }),
  );
  shelf.set("losses/0", "mine");
  expect(() => openSeries(shelf, "losses", { columns })).toThrow(
    expect.objectContaining({ code: "ERR_SERIES_NAME_TAKEN" }),
  );
});

const nameTaken = expect.objectContaining({ code: "ERR_SERIES_NAME_TAKEN" });

describe("what has the name of a chunk and is none", () => {
  test.each([
    ["plain data", "precious"],
    ["an array of another dtype", zeros([4, 1024], "float32")],
    ["an array of other rows", zeros([4, 1000], "float64")],
    ["an array of too few lines", zeros([3, 1024], "float64")],
  ])("is not erased when a series is made: %s", (_, value) => {
    const { shelf } = freshShelf();
    openSeries(shelf, "run", { columns: ["loss"] }).append(1, {});
    shelf.delete("run");
    shelf.set("run/1", value);
    expect(() => openSeries(shelf, "run", { columns: ["loss"] })).toThrow(nameTaken);
    expect([...shelf.keys()]).toStrictEqual(["run/0", "run/1"]);
  });

  test("is not erased when it is another series", () => {
    const { shelf } = freshShelf();
    const inner = openSeries(shelf, "e/0", { columns });
    inner.append(1, {});
    expect(() => openSeries(shelf, "e", { columns })).toThrow(nameTaken);
    expect([...shelf.keys()]).toStrictEqual(["e/0", "e/0/0"]);
  });

  test("is not erased with a series, which stays too", () => {
    const { shelf } = freshShelf();
    openSeries(shelf, "run", { columns }).append(1, {});
    shelf.set("run/1", "precious");
    expect(() => eraseSeries(shelf, "run")).toThrow(nameTaken);
    expect([...shelf.keys()]).toStrictEqual(["run", "run/0", "run/1"]);
  });

  test("is not replaced by a row", () => {
    const { shelf } = freshShelf();
    const losses = openSeries(shelf, "losses", { columns });
    shelf.set("losses/0", "precious");
    expect(() => losses.append(1, {})).toThrow(nameTaken);
    expect([losses.length, shelf.get("losses/0")]).toStrictEqual([0, "precious"]);
  });
});

test("columns are compared one by one", () => {
  const { shelf } = freshShelf();
  openSeries(shelf, "f", { columns: ["a\nb"] });
  expect(() => openSeries(shelf, "f", { columns: ["a", "b"] })).toThrow(
    expect.objectContaining({ code: "ERR_SERIES_COLUMNS" }),
  );
});

test("a row that is appended while the values of another are read is a row of its own", () => {
  const { shelf } = freshShelf();
  const losses = openSeries(shelf, "losses", { columns });
  const values = {
    get loss() {
      losses.append(99, { loss: 99, accuracy: 98 });
      return 1;
    },
  };
  losses.append(1, values);
  const rows = ["step", "loss", "accuracy"].map((column) => [...losses.toFloat64Array(column)]);
  expect(rows).toStrictEqual([
    [99, 1],
    [99, 1],
    [98, NaN],
  ]);
});

describe("a series that is opened twice", () => {
  test("is one series, whose rows all stay", () => {
    const { shelf, reopened } = freshShelf();
    const first = openSeries(shelf, "losses", { columns });
    const second = openSeries(shelf, "losses", { columns });
    first.append(1, {});
    second.append(2, {});
    first.append(3, {});
    openSeries(shelf, "losses", { columns }).append(4, {});
    expect([...first.toFloat64Array("step")]).toStrictEqual([1, 2, 3, 4]);
    expect([...openSeries(reopened(), "losses", { columns }).toFloat64Array("step")]).toStrictEqual([1, 2, 3, 4]);
  });

  test("is another where the first was erased, also if it had no rows", () => {
    const { shelf } = freshShelf();
    const erased = openSeries(shelf, "losses", { columns });
    eraseSeries(shelf, "losses");
    openSeries(shelf, "losses", { columns });
    expect(() => erased.append(1, {})).toThrow(expect.objectContaining({ code: "ERR_SHELF_ERASED" }));
    expect([...shelf.keys()]).toStrictEqual(["losses"]);
  });
});

describe("a transaction that is undone", () => {
  const undone = (shelf: AnyShelf, work: () => void): void => {
    const failure = new Error("undone");
    const failing = (): void => {
      work();
      throw failure;
    };
    expect(() => shelf.transaction(failing)).toThrow(failure);
  };

  test.each([0, 3, 1024])("takes back the chunk that it made, and the series of %d rows goes on", (rows) => {
    const { shelf, reopened } = freshShelf();
    const losses = openSeries(shelf, "losses", { columns });
    for (let step = 0; step < rows; step++) losses.append(step, {});
    undone(shelf, () => losses.append(rows, {}));
    const kept = rows % 1024 === 0 ? rows : rows + 1;
    expect([losses.length, losses.toFloat64Array("step").length]).toStrictEqual([kept, kept]);
    losses.append(7001, {});
    expect([losses.length, losses.toFloat64Array("step").at(-1)]).toStrictEqual([kept + 1, 7001]);
    expect(openSeries(reopened(), "losses", { columns }).toFloat64Array("step").at(-1)).toBe(7001);
  });

  test("takes back a series that it made", () => {
    const { shelf } = freshShelf();
    const made: Series[] = [];
    undone(shelf, () => {
      made.push(openSeries(shelf, "empty", { columns }), openSeries(shelf, "losses", { columns }));
      made[1].append(1, {});
    });
    for (const series of made) {
      expect(() => series.append(2, {})).toThrow(expect.objectContaining({ code: "ERR_SHELF_ERASED" }));
    }
    expect([...shelf.keys()]).toStrictEqual([]);
    expect(openSeries(shelf, "losses", { columns }).length).toBe(0);
  });

  test("brings back a series that it erased, with another of its name or none", () => {
    const { shelf } = freshShelf();
    const losses = openSeries(shelf, "losses", { columns });
    losses.append(1, {});
    undone(shelf, () => eraseSeries(shelf, "losses"));
    losses.append(2, {});
    let other: Series | undefined;
    undone(shelf, () => {
      eraseSeries(shelf, "losses");
      other = openSeries(shelf, "losses", { columns });
    });
    other?.append(3, {});
    const again = openSeries(shelf, "losses", { columns });
    expect([...again.toFloat64Array("step")]).toStrictEqual([1, 2, 3]);
  });
});

test("an erased series is refused by all that it does, a closed one too, and one whose handles were released goes on", () => {
  const { shelf } = freshShelf();
  const losses = openSeries(shelf, "losses", { columns });
  losses.append(1, {});
  shelf.release("losses/0");
  expect([...losses.toFloat64Array("step")]).toStrictEqual([1]);
  shelf.release("losses/0");
  losses.append(2, {});
  expect(losses.length).toBe(2);
  const uses = [
    () => losses.append(3, {}),
    () => losses.chunks("step"),
    () => losses.toFloat64Array("step"),
    () => losses.length,
  ];
  eraseSeries(shelf, "losses");
  for (const use of uses) expect(use).toThrow(expect.objectContaining({ code: "ERR_SHELF_ERASED" }));
  shelf.close();
  for (const use of uses) expect(use).toThrow(expect.objectContaining({ code: "ERR_SHELF_CLOSED" }));
});
