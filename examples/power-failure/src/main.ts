/** Explores a queue with a bug, then the mended one; then looks for operations that the mended one would not need. */
import { diagnose, dram, exploreCrashes, exploreMutants } from "@nodemm/emulator";
import { queueExploration } from "./exploration.ts";
import { Queue, queueBytes } from "./queue.ts";

for (const isHasty of [true, false]) {
  const result = exploreCrashes(queueExploration(isHasty));
  console.log(
    `${isHasty ? "hasty" : "mended"} queue: ${result.distinctImages} crash images, ${result.nested} of them in ` +
      `recoveries, ${result.violationCount} violations`,
  );
  const [first] = result.violations;
  if (first !== undefined)
    console.log(`  ${String(first.error)}\n  replayCrash(options, "${first.replay}")\n${first.stack}`);
}

const mutants = exploreMutants(queueExploration(false));
const survivors = mutants.filter(({ caught }) => !caught);
console.log(`${mutants.length - survivors.length} of ${mutants.length} mutants caught`);
for (const { kind, change, callSite } of survivors) console.log(`  not needed: ${kind} ${change} at ${callSite}`);

const region = diagnose(dram({ size: queueBytes }));
const queue = new Queue(region, false);
queue.put("text");
queue.take();
region.close();
console.log(`${region.findings().length} findings in its flushes and fences`);
for (const { kind, stack } of region.findings()) console.log(`  ${kind}\n${stack}`);
