import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { beforeEach, describe, expect, test } from "vitest";
import { type Codec, openShelf } from "../src/index.ts";
import { superblockOffsets } from "../src/layout.ts";
import { anatomyOf } from "./support/anatomy.ts";
import { freshPath } from "./support/folders.ts";

class Foreign {
  readonly number = 7;
}

const foreignCodec: Codec = {
  type: "foreign",
  shareable: false,
  accepts: (value) => value instanceof Foreign,
  plan: () => ({ meta: new Uint8Array(0), byteLength: 1 }),
  write: (_, sink) => sink.copy(0, Uint8Array.of(7)),
  open: () => new Foreign(),
};

let path: string;

function nodemm(...args: string[]): { status: number | null; stdout: string; stderr: string; bytes: Buffer } {
  const program = join(import.meta.dirname, "../dist/cli/main.js");
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args]);
  return { status, stdout: stdout.toString(), stderr: stderr.toString(), bytes: stdout };
}

function json(...args: string[]): unknown {
  return JSON.parse(nodemm(...args, "--json").stdout);
}

function damage(...offsets: number[]): void {
  const image = readFileSync(path);
  for (const offset of offsets) image[offset] ^= 1;
  writeFileSync(path, image);
}

beforeEach(() => {
  path = freshPath();
  using shelf = openShelf(path, { size: "1 MiB" });
  shelf
    .set("floats", new Float32Array([1, 2]))
    .set("text", "Grüße")
    .set("plain", { list: [1, 2n], map: new Map([[1, 2]]) });
});

test("inspect, ls and get tell what is on a shelf, also while a program has it open", () => {
  using shelf = openShelf(path);
  expect(json("inspect", path)).toMatchObject({ names: 3, size: 2 ** 20, hasWriter: true, uuid: shelf.uuid, data: 8 });
  expect(nodemm("inspect", path).stdout).toMatch(/1 MiB, \d+\.\d % used/u);
  expect(json("ls", path, "--prefix", "t")).toMatchObject([
    { name: "text", type: "string", version: 1, sealed: false },
  ]);
  expect(
    nodemm("ls", path)
      .stdout.split("\n")
      .map((each) => each.split(/\s+/u)[0]),
  ).toStrictEqual(["NAME", "floats", "text", "plain", ""]);
  expect(nodemm("get", path, "text").stdout).toBe("Grüße\n");
  expect(json("get", path, "floats")).toStrictEqual([1, 2]);
  expect(json("get", path, "plain")).toStrictEqual({ list: [1, "2"], map: [[1, 2]] });
  expect(new Float32Array(Uint8Array.from(nodemm("get", path, "floats", "--raw").bytes).buffer)).toStrictEqual(
    new Float32Array([1, 2]),
  );
});

test("a name cannot move the cursor, and is told from its neighbours", () => {
  const name = "\u001b[2Jred\nname\u009b1m\u202e";
  {
    using shelf = openShelf(path);
    shelf.set(name, 1);
  }
  for (const output of [nodemm("ls", path).stdout, nodemm("seal", path).stdout]) {
    expect(output).toContain('"\\u001b[2Jred\\nname\\u009b1m\\u202e"');
    expect(output).not.toContain("\u001b");
  }
  expect(json("ls", path, "--prefix", "\u001b")).toMatchObject([{ name }]);
  expect(nodemm("get", path, name).stdout).toBe("1\n");
});

test("check tells by its exit code whether a shelf is whole", () => {
  expect(nodemm("check", path)).toMatchObject({ status: 0, stderr: "" });
  expect(json("check", path, "--data")).toMatchObject({ ok: true, findings: [] });
  const { frames } = anatomyOf(new Uint8Array(readFileSync(path)));
  damage(frames.start + 30);
  const { status, stdout } = nodemm("check", path);
  expect(status).toBe(1);
  expect(stdout).toMatch(/error: catalog frame at \d+: .*\n {2}/u);
  expect(stdout).not.toMatch(/note:/u);
  // Looking says the same place.
  for (const looking of ["inspect", "ls", "get"]) {
    const { status: failed, stderr } = nodemm(looking, path, ...(looking === "get" ? ["text"] : []));
    expect([failed, stderr]).toStrictEqual([1, expect.stringContaining(`frame at byte ${frames.start} is damaged`)]);
  }
});

test("seal and unseal choose variables, or all", () => {
  const sealed = (): boolean[] => (json("ls", path) as { sealed: boolean }[]).map((each) => each.sealed);
  expect(nodemm("seal", path, "floats").status).toBe(0);
  expect(sealed()).toStrictEqual([true, false, false]);
  expect(json("seal", path)).toStrictEqual(["floats", "text", "plain"]);
  expect(sealed()).toStrictEqual([true, true, true]);
  nodemm("unseal", path);
  expect(sealed()).toStrictEqual([false, false, false]);
});

describe("repair", () => {
  test("of a file that is not there does not speak of making one", () => {
    const missing = join(dirname(path), "missing.shelf");
    const { status, stderr } = nodemm("repair", missing);
    expect([status, stderr]).toStrictEqual([1, `nodemm: ${missing} does not exist; check the path\n`]);
  });

  test("says so where nothing is wrong", () => {
    const whole = readFileSync(path);
    expect(nodemm("repair", path)).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^nothing is wrong\n.*: whole/u),
    });
    expect(Buffer.compare(readFileSync(path), whole)).toBe(0);
    expect(readdirSync(dirname(path))).toStrictEqual(["test.shelf"]);
  });

  test("puts right what is certain, keeps what it overwrote, and leaves a whole shelf", () => {
    const whole = new Uint8Array(readFileSync(path));
    const { superblock } = anatomyOf(whole);
    damage(superblockOffsets[1] + 50, superblock.catalogOffset + 1);
    const damaged = new Uint8Array(readFileSync(path));
    const report = json("repair", path) as { repairs: unknown[]; after: { ok: boolean }; recoveryPath: string };
    expect(report).toMatchObject({ before: { ok: false }, after: { ok: true, findings: [] } });
    expect(report.repairs).toMatchObject([
      { structure: "superblock", offset: superblockOffsets[1] },
      { structure: "catalog header", offset: superblock.catalogOffset },
    ]);
    expect(Buffer.compare(readFileSync(path), whole)).toBe(0);
    const kept = JSON.parse(readFileSync(report.recoveryPath, "utf8")) as {
      ranges: { offset: number; base64: string }[];
    };
    for (const { offset, base64 } of kept.ranges) whole.set(Buffer.from(base64, "base64"), offset);
    expect(Buffer.compare(whole, damaged)).toBe(0);
    using shelf = openShelf(path);
    expect(shelf.get("text")).toBe("Grüße");
  });

  test("changes nothing where nothing is certain, and says what is wrong", () => {
    const { frames } = anatomyOf(new Uint8Array(readFileSync(path)));
    damage(frames.start + 30);
    const damaged = readFileSync(path);
    const { status, stdout } = nodemm("repair", path);
    expect(status).toBe(1);
    expect(stdout).toMatch(/nothing could be repaired/u);
    expect(Buffer.compare(readFileSync(path), damaged)).toBe(0);
    expect(readdirSync(dirname(path))).toStrictEqual(["test.shelf"]);
  });

  test("does not touch the shelf if what it overwrites cannot be kept", () => {
    damage(superblockOffsets[1] + 50);
    const damaged = readFileSync(path);
    const recovery = join(dirname(path), "kept");
    writeFileSync(recovery, "mine");
    expect(nodemm("repair", path, "--recovery", recovery)).toMatchObject({ status: 1, stdout: "" });
    expect(readFileSync(recovery, "utf8")).toBe("mine");
    expect(Buffer.compare(readFileSync(path), damaged)).toBe(0);
  });
});

test("a shelf that a program has open is left to it, with a message, as JSON or not", () => {
  using shelf = openShelf(path);
  for (const command of ["check", "repair", "seal", "unseal"]) {
    for (const form of [[], ["--json"]]) {
      const { status, stdout, stderr } = nodemm(command, path, ...form);
      expect([status, stdout, stderr]).toStrictEqual([1, "", expect.stringMatching(/^nodemm: .* is in use/u)]);
    }
  }
  expect(shelf.set("still", 1).get("still")).toBe(1);
});

test("what makes no sense has an exit code of its own, and what fails says why", () => {
  expect(nodemm("frob").status).toBe(2);
  expect(nodemm("get", path).status).toBe(2);
  expect(nodemm("reset", path).status).toBe(2);
  expect(nodemm("get", path, "none")).toMatchObject({ status: 1, stdout: "" });
  expect(nodemm("get", path, "none").stderr).toMatch(/^nodemm: there is no variable "none"/u);
  expect(nodemm("check", `${path}.not`).stderr).toMatch(/^nodemm: /u);
  expect(existsSync(`${path}.not`)).toBe(false);
  expect(nodemm("--help").status).toBe(0);
  expect(nodemm("get", path, "floats", "--raw", "--json")).toMatchObject({ status: 2, stdout: "" });
  for (const command of ["seal", "unseal"]) {
    const { status, stderr } = nodemm(command, `${path}.not`);
    expect([status, stderr]).toStrictEqual([1, `nodemm: ${path}.not does not exist; check the path\n`]);
  }
});

test("--version is that of the package", () => {
  const manifest = readFileSync(join(import.meta.dirname, "../package.json"), "utf8");
  const { version } = JSON.parse(manifest) as { version: string };
  expect(nodemm("--version")).toMatchObject({ status: 0, stdout: `${version}\n`, stderr: "" });
});

test("get of a value of another package's type tells how to have its bytes", () => {
  {
    using shelf = openShelf(path, { types: [foreignCodec] });
    shelf.set("foreign", new Foreign());
  }
  const { status, stdout, stderr } = nodemm("get", path, "foreign");
  expect([status, stdout]).toStrictEqual([1, ""]);
  expect(stderr).toBe(
    'nodemm: "foreign" is of type "foreign", which only its package can show; --raw writes its bytes\n',
  );
  expect([...nodemm("get", path, "foreign", "--raw").bytes]).toStrictEqual([7]);
});

describe("output", () => {
  const program = join(import.meta.dirname, "../dist/cli/main.js");

  /** Runs nodemm with a reader of its output that reads nothing. */
  async function unread(...args: string[]): Promise<{ status: unknown; stderr: string }> {
    const child = spawn(process.execPath, [program, ...args]);
    child.stdout.destroy();
    const [stderr, [status]] = await Promise.all([text(child.stderr), once(child, "close") as Promise<unknown[]>]);
    return { status, stderr };
  }

  beforeEach(() => {
    using shelf = openShelf(path);
    shelf.set("long", new Uint8Array(300_000).fill(1));
  });

  test.each([["--json"], ["--raw"]])("that is cut short by its reader is no error: get %s", async (how) => {
    expect(await unread("get", path, "long", how)).toStrictEqual({ status: 0, stderr: "" });
  });

  test("that is cut short leaves the exit code of what was found", async () => {
    damage(anatomyOf(new Uint8Array(readFileSync(path))).frames.start + 30);
    expect(await unread("check", path)).toStrictEqual({ status: 1, stderr: "" });
  });

  test.skipIf(!existsSync("/dev/full"))("that has no room is told in words", () => {
    const full = openSync("/dev/full", "w");
    const { status, stderr } = spawnSync(process.execPath, [program, "ls", path], { stdio: ["ignore", full, "pipe"] });
    closeSync(full);
    expect(status).toBe(1);
    expect(stderr.toString()).toMatch(/^nodemm: the output cannot be written: ENOSPC[^\n]*\n$/u);
  });
});

test("what is no shelf is called so in words that fit the command", () => {
  const blank = join(dirname(path), "blank");
  writeFileSync(blank, new Uint8Array(2 ** 20));
  expect(nodemm("repair", blank)).toMatchObject({
    status: 1,
    stdout: expect.not.stringContaining("nothing is wrong") as string,
  });
  writeFileSync(blank, "");
  for (const [file, message] of [
    [blank, /is an empty file, not a shelf; check the path/u],
    [join(dirname(path), "nothing"), /does not exist; check the path\n/u],
  ] as const) {
    for (const command of ["ls", "inspect", "check"]) expect(nodemm(command, file).stderr).toMatch(message);
  }
});
