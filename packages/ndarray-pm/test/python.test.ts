import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openShelf } from "@nodemm/shelf";
import { describe, expect, test } from "vitest";
import { arange, array, dtypes, ndarrayCodec, zeros } from "../src/index.ts";
import { freshFolder } from "./support/folders.ts";
import { counted } from "./support/model.ts";
import { numpy, numpyName, runPython } from "./support/numpy.ts";

const types = [ndarrayCodec];
const folder = freshFolder();
const reader = join(import.meta.dirname, "../python");
const prelude = `
import sys
sys.path.insert(0, ${JSON.stringify(reader)})
from nodemm_reader import open_shelf
`;

test("the Python reader is as short as its documentation says", () => {
  const lines = readFileSync(join(reader, "nodemm_reader.py"), "utf8").trim().split("\n");
  expect(lines.length).toBeLessThanOrEqual(40);
});

describe.skipIf(numpy === undefined)(`Python's numpy.memmap (${numpyName})`, { timeout: 120_000 }, () => {
  test("opens every array of a shelf in place, of every dtype and order", () => {
    const path = join(folder, "read.shelf");
    const shelf = openShelf<Record<string, any>>(path, { size: "8 MiB", types });
    for (const dtype of dtypes) {
      shelf.set(dtype, counted([2, 3], "uint8").astype(dtype));
      shelf.set(`${dtype} F`, counted([2, 3], "uint8").astype(dtype).copy("F"));
    }
    shelf.set("gone", zeros(3));
    shelf.delete("gone");
    shelf.set("old", arange(3));
    shelf.rename("old", "new ü");
    shelf.set("a", array([1]));
    shelf.set("b", array([2]));
    shelf.swap("a", "b");
    shelf.set("text", "not an array");
    const wanted = Object.fromEntries(
      [...shelf.entries()]
        .filter(([name]) => name !== "text" && !name.startsWith("bfloat16"))
        .map(([name, x]) => [name, [x.dtype, x.layout, x.astype("float64").toArray()]]),
    );
    shelf.close();
    const program = `${prelude}
import json, numpy as np, warnings
warnings.simplefilter("ignore")
shelf = open_shelf(sys.argv[1])
assert all(isinstance(x, np.memmap) for x in shelf.values())
order = lambda x: "F" if x.flags.fnc else "C"
print(json.dumps({name: [x.dtype.name, order(x), x.astype(float).tolist()] for name, x in shelf.items()}))`;
    expect(JSON.parse(runPython(program, [path]))).toStrictEqual(wanted);
  });

  test("writes through it while the shelf is closed, and is refused while it is open", () => {
    const path = join(folder, "written.shelf");
    const open = (): any => openShelf<Record<string, any>>(path, { size: "8 MiB", types });
    let shelf = open();
    shelf.set("x", arange(6).reshape(2, 3));
    shelf.transaction(() => shelf.get("x").iadd(1));
    const program = `${prelude}
x = open_shelf(sys.argv[1], "r+")["x"]
x[:, 1] *= 10
x.flush()`;
    expect(() => runPython(program, [path])).toThrow(/BlockingIOError|PermissionError/u);
    shelf.close();
    runPython(program, [path]);
    shelf = open();
    expect(shelf.get("x").toArray()).toStrictEqual([
      [1, 20, 3],
      [4, 50, 6],
    ]);
    expect(shelf.check().findings).toStrictEqual([]);
    shelf.close();
  });

  test("refuses a shelf that died in a transaction, until it has been opened and undone", () => {
    const path = join(folder, "died.shelf");
    const shelf = openShelf<Record<string, any>>(path, { size: "8 MiB", types });
    shelf.set("x", arange(3));
    shelf.close();
    const source = new URL("../dist/index.js", import.meta.url).href;
    const program = `
      import { openShelf } from "@nodemm/shelf";
      import { ndarrayCodec } from ${JSON.stringify(source)};
      const shelf = openShelf(process.argv[1], { types: [ndarrayCodec] });
      shelf.transaction(() => { shelf.get("x").fill(7); process.kill(process.pid, "SIGKILL"); });`;
    const args = ["--input-type=module", "--eval", program, path];
    expect(spawnSync(process.execPath, args, { cwd: join(import.meta.dirname, "..") }).signal).toBe("SIGKILL");
    const read = `${prelude}
print(open_shelf(sys.argv[1])["x"].tolist())`;
    expect(() => runPython(read, [path])).toThrow(/cut short/u);
    openShelf(path, { types }).close();
    expect(runPython(read, [path]).trim()).toBe("[0.0, 1.0, 2.0]");
  });
});
