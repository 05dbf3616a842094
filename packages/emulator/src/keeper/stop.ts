import { PmemError } from "@nodemm/pmem-native";
import { pause, removeLink } from "./folder.ts";
import { readKeeper, type Keeper } from "./keepers.ts";

const politenessMs = 1000;
const patienceMs = 5000;
const pauseMs = 2;

/**
 * Ends a keeper, and with it the memory, as soon as no process maps it any more. Returns when the process is gone. Call it
 * while locked.
 * @throws PmemError `ERR_PMEM_SYSTEM` if it cannot be ended
 */
export function stopKeeper(keeper: Keeper): void {
  const begin = Date.now();
  const lives = (): boolean => readKeeper(keeper.processId)?.label === keeper.label;
  if (lives()) send(keeper.processId, "SIGTERM");
  while (lives()) {
    const waited = Date.now() - begin;
    if (waited > patienceMs) {
      throw new PmemError(
        "ERR_PMEM_SYSTEM",
        keeper.name,
        `process ${keeper.processId}, which keeps "${keeper.name}", does not end; look at its state (ps ${keeper.processId})`,
      );
    }
    // One that is suspended takes no other notice.
    if (waited > politenessMs) send(keeper.processId, "SIGKILL");
    pause(pauseMs);
  }
  removeLink(keeper.name);
}

function send(processId: number, signal: NodeJS.Signals): void {
  try {
    process.kill(processId, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
