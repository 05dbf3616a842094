import { join } from "node:path";
import { mapFile } from "@nodemm/pmem-native";
import { attempt, failNextSync, report, thrownBy } from "./report.mjs";

const path = join(process.argv[2], "file");
mapFile(path, { mode: "create", size: 4096 }).close();
failNextSync();
const error = thrownBy(() => mapFile(path));
const again = attempt(() => {
  const region = mapFile(path);
  region.close();
  return region.length;
});
report({ code: error?.code, again });
