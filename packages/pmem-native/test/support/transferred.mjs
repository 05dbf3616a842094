// Moves views' memory into other buffers by every way the runtime has, closes, and uses them.
import { mapFile } from "@nodemm/pmem-native";
import { report } from "./report.mjs";

const path = process.argv[2];
/** @type {((view: any) => ArrayBuffer)[]} */
const moves = [
  (view) => structuredClone(view, { transfer: [view] }),
  (view) => view.transfer(),
  (view) => view.transferToFixedLength(),
  (view) => view.transfer(32),
  (view) => view.transfer(1 << 16),
];
let foreignBytes = 0;
for (const [index, move] of moves.entries()) {
  const region = mapFile(`${path}-${index}`, { mode: "create", size: 65_536 });
  region.fill(0, 65_536, 1);
  const view = region.view(0, 65_536);
  let moved = view;
  try {
    moved = move(view);
  } catch {
    // This runtime has no such method, or forbids it for this buffer.
  }
  region.close();
  const other = mapFile(`${path}-${index}-other`, { mode: "create", size: 65_536 });
  other.fill(0, 65_536, 200);
  const bytes = moved.byteLength === 0 ? new Uint8Array(0) : new Uint8Array(moved);
  for (const byte of bytes) if (byte === 200) foreignBytes++;
  bytes.fill(99);
  if (new Uint8Array(other.view(0, 65_536)).some((byte) => byte !== 200)) foreignBytes++;
  other.close();
}
report({ foreignBytes });
