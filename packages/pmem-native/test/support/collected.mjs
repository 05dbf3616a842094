// Forgets a region but keeps a view of it, then forgets the view too. Needs --expose-gc.
import { setTimeout as sleep } from "node:timers/promises";
import { mapFile, PmemError } from "@nodemm/pmem-native";
import { report } from "./report.mjs";

const path = process.argv[2];
/** @type {string | undefined} */
let warning;
process.on("warning", (each) => {
  warning = /** @type {{ code?: string }} */ (each).code;
});

/** @type {{ bytes: Uint8Array | undefined }} */
const holder = { bytes: undefined };

function openAndForget() {
  const region = mapFile(path, { mode: "create", size: 4096 });
  holder.bytes = new Uint8Array(region.view(0, 4096)).fill(9);
}

/** What opening the file again gives: its first bytes, or the error's code. */
function reopen() {
  try {
    const region = mapFile(path);
    const bytes = [...new Uint8Array(region.view(0, 2))];
    region.close();
    return bytes;
  } catch (error) {
    return error instanceof PmemError ? error.code : String(error);
  }
}

/** @param {() => boolean} done */
async function collectUntil(done) {
  for (let turn = 0; turn < 200 && !done(); turn++) {
    globalThis.gc?.();
    await sleep(5);
  }
}

openAndForget();
await collectUntil(() => warning !== undefined);
report({ step: "region collected", warning, bytes: [...(holder.bytes?.subarray(0, 2) ?? [])], reopened: reopen() });

holder.bytes = undefined;
let reopened = reopen();
await collectUntil(() => {
  reopened = reopen();
  return typeof reopened !== "string";
});
report({ step: "view collected", reopened });
