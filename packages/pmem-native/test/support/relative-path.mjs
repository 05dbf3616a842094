import { readdirSync } from "node:fs";
import { mapFile } from "@nodemm/pmem-native";
import { report } from "./report.mjs";

process.chdir(process.argv[2]);
const region = mapFile("plain.pm", { mode: "create", size: 4096 });
report({ created: region.created, files: readdirSync(".").sort() });
region.close();
