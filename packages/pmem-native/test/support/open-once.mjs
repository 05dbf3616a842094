import { mapFile } from "@nodemm/pmem-native";
import { attempt, report } from "./report.mjs";

report(
  attempt(() => {
    const region = mapFile(process.argv[2]);
    const { length } = region;
    region.close();
    return length;
  }),
);
