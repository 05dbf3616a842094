import { replayCrash } from "@nodemm/emulator";
import { textOfError } from "./error-text.ts";
import type { FoundSuite } from "./find-suites.ts";
import type { Exploration } from "./suite.ts";

const form = /^(?<suite>[^:]+): (?:seed (?<number>\d+)|(?<name>.+?)): (?<state>seed=.+)$/u;

/**
 * Verifies again the state that a violation's replay line names: prints where power failed and what is wrong. Returns
 * whether the state verifies now.
 * @throws TypeError for a line that names nothing
 */
export function replay(line: string, suites: readonly FoundSuite[], print: (text: string) => void): boolean {
  const groups = form.exec(line)?.groups;
  const suite = suites.find((each) => each.suite.name === groups?.["suite"])?.suite;
  const exploration: Exploration | undefined =
    groups?.["number"] === undefined
      ? suite?.explorations.find(({ name }) => name === groups?.["name"])
      : suite?.random?.(Number(groups["number"]));
  if (groups === undefined || exploration === undefined) {
    throw new TypeError(`"${line}" names no state; give the line that a violation was reported with`);
  }
  // Limits come with the line; the depth only says how far verification would go on.
  const options = exploration.options({ nestedDepth: 0, limitPerPoint: 1, nestedLimitPerPoint: 1 });
  const { point, stack, error } = replayCrash(options, groups["state"]);
  print(`power failed before ${point.kind} ${point.index} (offset ${point.offset}, ${point.length} bytes)\n${stack}`);
  print(error === undefined ? "the state verifies" : textOfError(error));
  return error === undefined;
}
