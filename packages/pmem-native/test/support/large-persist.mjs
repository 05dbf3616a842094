// Maps a file at line granularity and tells, after each step, how often the caches were written back so far.
import { statSync } from "node:fs";
import { mapFile } from "@nodemm/pmem-native";
import { report } from "./report.mjs";

const [, , path] = process.argv;
const stepped = () => statSync(process.env["NODEMM_TEST_WBINVD"] ?? "").size;

const region = mapFile(path, { mode: "create", size: 1 << 20, forceGranularity: "cache-line" });
const { wholeCacheBytes } = region.instructions;
/** @type {Record<string, number>} */
const writeBacks = { open: stepped() };
new Uint8Array(region.view(0, region.length)).fill(7);
region.persist(0, 4096);
writeBacks["persist"] = stepped();
region.flush(100, 200_000);
writeBacks["flush"] = stepped();
region.drain();
writeBacks["drain"] = stepped();
region.persistMany([0, 64, 4096, 64, 8192, 64]);
writeBacks["persistMany"] = stepped();
await region.persistAsync(0, 1 << 20);
writeBacks["persistAsync"] = stepped();
await region.persistManyAsync([0, 64, 4096, 64, 8192, 64]);
writeBacks["persistManyAsync"] = stepped();
region.copy(0, new Uint8Array(4096).fill(1));
region.drain();
writeBacks["copy"] = stepped();
const sum = new Uint8Array(region.view(0, region.length)).reduce((total, byte) => total + byte, 0);
region.close();
report({ wholeCacheBytes: Number.isFinite(wholeCacheBytes) ? wholeCacheBytes : "never", writeBacks, sum });
