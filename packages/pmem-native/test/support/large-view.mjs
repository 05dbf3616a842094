import { closeSync, ftruncateSync, openSync, unlinkSync } from "node:fs";
import { mapFile } from "@nodemm/pmem-native";
import { attempt, report } from "./report.mjs";

const path = process.argv[2];
// Over 4 GiB of memory are not at hand everywhere, but a hole costs nothing and a read-only region does not fill it.
const length = 2 ** 32 + 4096;
const descriptor = openSync(path, "w");
ftruncateSync(descriptor, length);
closeSync(descriptor);
const region = mapFile(path, { readOnly: true });
const large = attempt(() => region.view(0, length).byteLength);
report({ large, after: region.view(length - 4096, 4096).byteLength });
region.close();
unlinkSync(path);
