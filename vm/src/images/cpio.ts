/**
 * Archives in the form that the kernel unpacks its first root from: "newc" of cpio, see `initramfs-buffer-format` in the
 * kernel's documentation. Owner, times and inode numbers are constant, so the same entries make the same bytes.
 */
export type Entry = { readonly path: string } & (
  | { readonly folder: true }
  | { readonly link: string }
  | { readonly content: Uint8Array; readonly executable?: boolean }
);

const alignment = 4;
const mode = { folder: 0o040_755, link: 0o120_777, file: 0o100_644, program: 0o100_755 };

export function makeCpio(entries: readonly Entry[]): Buffer {
  const parts = entries.map((entry, index) => record(entry.path, index + 1, modeOf(entry), contentOf(entry)));
  return Buffer.concat([...parts, record("TRAILER!!!", 0, 0, Buffer.alloc(0))]);
}

function modeOf(entry: Entry): number {
  if ("folder" in entry) return mode.folder;
  if ("link" in entry) return mode.link;
  return entry.executable === true ? mode.program : mode.file;
}

function contentOf(entry: Entry): Uint8Array {
  if ("folder" in entry) return Buffer.alloc(0);
  return "link" in entry ? Buffer.from(entry.link) : entry.content;
}

function record(path: string, inode: number, fileMode: number, content: Uint8Array): Buffer {
  const name = Buffer.from(`${path}\0`);
  // Inode, mode, owner, group, links, time, length, four device numbers, length of the name, no sum.
  const fields = [inode, fileMode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, name.length, 0];
  const header = `070701${fields.map((field) => field.toString(16).padStart(8, "0")).join("")}`;
  return Buffer.concat([padded(Buffer.concat([Buffer.from(header), name])), padded(content)]);
}

function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((alignment - (bytes.length % alignment)) % alignment)]);
}
