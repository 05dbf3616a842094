import { readdirSync } from "node:fs";
import { join } from "node:path";
import { mapFile } from "@nodemm/pmem-native";
import { failNextSync, report, thrownBy } from "./report.mjs";

const folder = process.argv[2];
failNextSync();
const error = thrownBy(() => mapFile(join(folder, "file"), { mode: "create", size: 4096 }));
report({ code: error?.code, message: error?.message, files: readdirSync(folder) });
