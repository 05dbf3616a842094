// Breaks the sync under one drain and tells what every writing method does afterwards.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { mapFile } from "@nodemm/pmem-native";
import { failNextSync, failSyncFlag, report, thrownBy } from "./report.mjs";

const path = join(process.argv[2], "file");
const region = mapFile(path, { mode: "create", size: 4096 });
const bytes = new Uint8Array(region.view(0, 3));
bytes.set([1, 2, 3]);

failNextSync();
const first = thrownBy(() => region.persist(0, 3));
/** @type {[string, () => void][]} */
const calls = [
  ["flush", () => region.flush(0, 1)],
  ["drain", () => region.drain()],
  ["persist", () => region.persist(0, 1)],
  ["flushMany", () => region.flushMany([0, 1])],
  ["persistMany", () => region.persistMany([0, 1])],
  ["copy", () => region.copy(0, new Uint8Array(1))],
  ["copyMany", () => region.copyMany([{ offset: 0, source: new Uint8Array(1) }])],
  ["copyWithin", () => region.copyWithin(0, 64, 1)],
  ["copyWithinCrc32c", () => region.copyWithinCrc32c(0, 64, 1)],
  ["persistRecord", () => region.persistRecord(0, 4)],
  ["fill", () => region.fill(0, 1, 0)],
  ["publish", () => region.publish(0, 0, 0)],
  ["grow", () => region.grow(8192)],
  ["advise", () => region.advise("random-now")],
];
const sameErrorFrom = calls.filter(([, call]) => thrownBy(call) === first).map(([name]) => name);
const facts = { code: first?.code, message: first?.message, flagTaken: !existsSync(failSyncFlag), sameErrorFrom };
const readable = [...bytes];
region.close();
const again = mapFile(path);
report({ ...facts, readable, reopened: [...new Uint8Array(again.view(0, 3))] });
again.close();
