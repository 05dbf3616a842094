import { expect, test } from "vitest";
import { makeCpio, type Entry } from "../src/images/cpio.ts";

const entries: readonly Entry[] = [
  { path: "bin", folder: true },
  { path: "bin/program", content: Buffer.from("#!/bin/sh\n"), executable: true },
  { path: "odd", content: Buffer.from("odd") },
  { path: "empty", content: Buffer.alloc(0) },
  { path: "link", link: "bin/program" },
];

/** What the kernel would make of an archive, by the format's description. */
function read(archive: Buffer): Record<string, { mode: string; content: string }> {
  const found: Record<string, { mode: string; content: string }> = {};
  const padded = (length: number): number => Math.ceil(length / 4) * 4;
  for (let at = 0; at < archive.length;) {
    expect(archive.toString("latin1", at, at + 6)).toBe("070701");
    const field = (index: number): number =>
      Number.parseInt(archive.toString("latin1", at + 6 + 8 * index, at + 14 + 8 * index), 16);
    const nameBytes = field(11);
    const name = archive.toString("utf8", at + 110, at + 110 + nameBytes - 1);
    const begin = at + padded(110 + nameBytes);
    found[name] = { mode: field(1).toString(8), content: archive.toString("utf8", begin, begin + field(6)) };
    at = begin + padded(field(6));
  }
  return found;
}

test("an archive holds folders, programs, files and links, and says where it ends", () => {
  expect(read(makeCpio(entries))).toEqual({
    bin: { mode: "40755", content: "" },
    "bin/program": { mode: "100755", content: "#!/bin/sh\n" },
    odd: { mode: "100644", content: "odd" },
    empty: { mode: "100644", content: "" },
    link: { mode: "120777", content: "bin/program" },
    "TRAILER!!!": { mode: "0", content: "" },
  });
});

test("the same entries make the same bytes", () => {
  expect(makeCpio(entries).equals(makeCpio(entries))).toBe(true);
});
