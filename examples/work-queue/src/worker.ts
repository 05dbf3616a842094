/** Does jobs until there are none. Argument: the shelf's path. It has no idea that it will be killed. */
import { doNextJob, openBank } from "./bank.ts";

const shelf = openBank(process.argv[2]);
process.send?.("open");
while (shelf.vars.jobs.length > 0) doNextJob(shelf);
shelf.close();
if (process.connected) process.disconnect();
