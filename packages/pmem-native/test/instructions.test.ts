import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { mapFile, type MappedFile } from "../src/index.ts";
import { freshPath } from "./support/folders.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

const release = join(import.meta.dirname, "../build/Release");

interface Disassembled {
  /** Its C++ name, without arguments. */
  readonly name: string;
  readonly body: string;
}

/** The machine instructions of each function of the addon that was built. */
function disassemble(): Disassembled[] {
  const addon = readdirSync(release).find((name) => name.endsWith(".node"))!;
  const listing = execFileSync("objdump", ["--disassemble", "--demangle", "--no-show-raw-insn", join(release, addon)], {
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  return listing.split(/\n\n/u).flatMap((body) => {
    const name = /^[0-9a-f]+ <(?<name>.*)>:$/mu.exec(body)?.groups?.["name"];
    return name === undefined
      ? []
      : [{ name: name.replace("(anonymous namespace)::", "").replace(/\(.*$/u, ""), body }];
  });
}

function bodyOf(functions: readonly Disassembled[], name: string): string {
  const found = functions.find((each) => each.name === name);
  expect(found, `${name} is in the addon`).toBeDefined();
  return found!.body;
}

const mnemonics = (body: string): string[] =>
  [...body.matchAll(/^\s+[0-9a-f]+:\s+(?<mnemonic>dc\s+\w+|\w+)/gmu)].map((match) => match.groups!["mnemonic"]);

const isX64 = process.arch === "x64";

test("the flush that a region names is the instruction that its function executes, and no weaker one", () => {
  const region = mapFile(freshPath("memory"), { mode: "create", size: 4096, forceGranularity: "cache-line" });
  const { flush } = region.instructions;
  region.close();
  expect(isX64 ? ["clwb", "clflushopt", "clflush"] : ["dc cvap", "dc cvadp"]).toContain(flush);
  const name = isX64 ? `nodemm::x86_64::flush_${flush}` : `nodemm::${flush.replace("dc ", "flush_")}`;
  const flushes = mnemonics(bodyOf(disassemble(), name)).filter((mnemonic) => /^(?:clwb|clflush|dc )/u.test(mnemonic));
  expect(new Set(flushes)).toEqual(new Set([flush]));
});

test.runIf(isX64)("every flush and every vector width is in the one binary, each with its own instruction", () => {
  const functions = disassemble();
  for (const flush of ["clwb", "clflushopt", "clflush"]) {
    expect(mnemonics(bodyOf(functions, `nodemm::x86_64::flush_${flush}`))).toContain(flush);
  }
  expect(mnemonics(bodyOf(functions, "nodemm::x86_64::fence"))).toContain("sfence");
  for (const [extension, register] of [
    ["sse2", "xmm"],
    ["avx2", "ymm"],
    ["avx512", "zmm"],
  ]) {
    for (const verb of ["copy", "fill"]) {
      // The loop over lines is a function of its own where the compiler does not inline it.
      const ours = new RegExp(`::${verb}_(?:lines_)?${extension}$`, "u");
      const bodies = functions.filter(({ name }) => ours.test(name)).map(({ body }) => body);
      const stores = bodies.join("\n").match(/movnt\w+\s+%[xyz]mm/gu) ?? [];
      expect(stores.length, `non-temporal stores of ${verb}_${extension}`).toBeGreaterThan(0);
      expect(stores.every((store) => store.endsWith(register))).toBe(true);
    }
  }
  for (const name of ["copy_lines_movdir64b", "fill_lines_movdir64b"]) {
    const body = functions.filter((each) => each.name.endsWith(name)).map((each) => each.body);
    expect(mnemonics(body.join("\n"))).toContain("movdir64b");
  }
  expect(functions.some(({ body }) => /\bcrc32q\b/u.test(body))).toBe(true);
});

test.runIf(isX64)(
  "no function but those for this processor flushes, fences, stores past the caches or sums by instruction",
  () => {
    const special = /^(?:clwb|clflush|clflushopt|sfence|v?movnt\w+|movdir64b|crc32\w*)$/u;
    const users = disassemble().filter(({ body }) => mnemonics(body).some((mnemonic) => special.test(mnemonic)));
    expect(users.length).toBeGreaterThan(8);
    expect(users.map(({ name }) => name).filter((name) => !name.includes("nodemm::x86_64::"))).toEqual([]);
  },
);

test("the environment names other instructions than the best, and one that there is not is refused with those there are", () => {
  const map = (): MappedFile =>
    mapFile(freshPath("memory"), { mode: "create", size: 65_536, forceGranularity: "cache-line" });
  const source = Uint8Array.from({ length: 40_000 }, (_, index) => index * 7);
  const flags = /^flags\s*: (?<flags>.*)$/mu.exec(execFileSync("cat", ["/proc/cpuinfo"], { encoding: "utf8" }));
  const copies = [
    "memcpy",
    ...(isX64 ? ["sse2"] : []),
    ...(flags?.groups!["flags"].includes(" movdir64b ") ? ["movdir64b"] : []),
  ];
  for (const copy of copies) {
    vi.stubEnv("NODEMM_COPY", copy);
    if (isX64) vi.stubEnv("NODEMM_FLUSH", "clflush");
    const region = map();
    expect(region.instructions).toMatchObject({ copy, ...(isX64 && { flush: "clflush" }) });
    region.copy(33, source);
    region.fill(41_000, 1000, 5);
    region.drain();
    expect(Buffer.from(region.view(33, source.length)).equals(source)).toBe(true);
    expect(Buffer.from(region.view(41_000, 1000)).equals(Buffer.alloc(1000, 5))).toBe(true);
    region.close();
  }
  vi.stubEnv("NODEMM_FLUSH", "cvac");
  expect(map).toThrow(expect.objectContaining({ code: "ERR_PMEM_UNSUPPORTED" }) as Error);
  expect(map).toThrow(isX64 ? /NODEMM_FLUSH names "cvac".*clflush/u : /NODEMM_FLUSH names "cvac"/u);
});

test("page granularity names msync, byte granularity names none", () => {
  const page = mapFile(freshPath("memory"), { mode: "create", size: 4096, forceGranularity: "page" });
  expect(page.instructions.flush).toBe("msync");
  page.close();
  const byte = mapFile(freshPath("memory"), { mode: "create", size: 4096, forceGranularity: "byte" });
  expect(byte.instructions.flush).toBe("none");
  byte.close();
});

test.runIf(process.platform === "linux" && isX64)("what is chosen is the best that the processor says it has", () => {
  const processor = execFileSync("cat", ["/proc/cpuinfo"], { encoding: "utf8" });
  const flags = new Set(/^flags\s*: (?<flags>.*)$/mu.exec(processor)!.groups!["flags"].split(" "));
  const widths = processor.includes("AuthenticAMD") ? ["avx2", "avx512f"] : ["avx512f", "avx2"];
  const region = mapFile(freshPath("memory"), { mode: "create", size: 4096, forceGranularity: "cache-line" });
  const best = (names: readonly string[], fallback: string) => names.find((name) => flags.has(name)) ?? fallback;
  expect(region.instructions).toMatchObject({
    flush: best(["clwb", "clflushopt"], "clflush"),
    copy: best(widths, "sse2").replace("avx512f", "avx512"),
    crc: flags.has("sse4_2") ? "sse4.2" : "table",
  });
  region.close();
});
