// Breaks the sync under a drain, then truncates the file, and tells what is answered after each.
import { truncateSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { mapFile } from "@nodemm/pmem-native";
import { failNextSync, report, thrownBy } from "./report.mjs";

const path = join(process.argv[2], "file");
const region = mapFile(path, { mode: "create", size: 65_536 });
const bytes = new Uint8Array(region.view(0, 65_536));
/** @type {unknown[]} */
const told = [];
region.onFault((fault) => told.push(fault));
failNextSync();
const first = thrownBy(() => region.persist(0, 1));
const readable = thrownBy(() => region.crc32c(0, 64)) === undefined;

truncateSync(path, 4096);
const stale = bytes[8192];
const fault = thrownBy(() => region.crc32c(8192, 64));
for (let waited = 0; told.length === 0 && waited < 5000; waited += 10) await sleep(10);
report({
  first: first?.code,
  readable,
  stale,
  fault: { code: fault?.code, message: fault?.message },
  listeners: told.map((error) => error === fault),
  sameErrorFrom: {
    readSafely: thrownBy(() => region.readSafely(8192, 64)) === fault,
    persist: thrownBy(() => region.persist(0, 1)) === fault,
    grow: thrownBy(() => region.grow(2 ** 20)) === fault,
  },
});
region.close();
