/** Opens a shelf, changes it, says so, and holds it until it is killed. */
import { openShelf } from "@nodemm/shelf";

const shelf = openShelf<{ held: number }>(process.argv[2], { size: "1 MiB" });
shelf.set("held", (shelf.get("held") ?? 0) + 1);
process.stdout.write("held\n");
setInterval(() => shelf.size, 1000);
