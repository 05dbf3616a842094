import { mapFile } from "@nodemm/pmem-native";

mapFile(process.argv[2], { mode: "create", size: 4096 });
process.kill(process.pid, "SIGBUS");
setTimeout(() => {}, 10_000);
