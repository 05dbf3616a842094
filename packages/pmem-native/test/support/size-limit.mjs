// Runs under a file size limit of 1 MiB or 2 MiB, whichever block size the shell's ulimit has.
import { join } from "node:path";
import { mapFile } from "@nodemm/pmem-native";
import { attempt, report } from "./report.mjs";

const folder = process.argv[2];
const created = attempt(() => mapFile(join(folder, "large"), { mode: "create", size: 8 * 2 ** 20 }));
const region = mapFile(join(folder, "small"), { mode: "create", size: 4096 });
const grown = attempt(() => region.grow(8 * 2 ** 20));
report({ created, grown, length: region.length });
region.close();
