/** An optimiser's state in the layout of PyTorch's `state_dict`. */
import type { NDArray } from "@nodemm/ndarray-pm";
import { Tensor, type TensorSource, tensor } from "../tensor.ts";

/** The hyperparameters by PyTorch's names, and which parameters they are for: all, in the order they were given. */
export interface ParamGroup {
  readonly lr: number;
  readonly params: readonly number[];
  readonly [name: string]: unknown;
}

/**
 * PyTorch's layout: what is kept of each parameter, by its number, and the groups, of which there is one. It can be saved
 * in a checkpoint as it is. The tensors are the optimiser's own, not copies.
 */
export interface OptimiserStateDict {
  readonly state: Readonly<Record<number, Readonly<Record<string, Tensor>>>>;
  readonly param_groups: readonly ParamGroup[];
}

/**
 * The group and, for each parameter, what there is of it; from plain objects or Maps, as PyTorch's files come.
 * @throws TypeError, RangeError naming what does not fit
 */
export function readStateDict(
  dict: unknown,
  count: number,
): { readonly group: ParamGroup; readonly states: unknown[] } {
  const groups = entryOf(dict, "param_groups");
  if (!Array.isArray(groups) || groups.length !== 1) {
    throw new TypeError("param_groups: expected a list of one group, as this optimiser has");
  }
  const params = entryOf(groups[0], "params");
  if (!Array.isArray(params) || params.length !== count) {
    const found = Array.isArray(params) ? `${params.length} of them` : "no list";
    throw new RangeError(`params: expected the numbers of ${count} parameters, found ${found}`);
  }
  const state = entryOf(dict, "state");
  const group: unknown = groups[0] instanceof Map ? Object.fromEntries(groups[0]) : groups[0];
  return { group: group as ParamGroup, states: params.map((number) => entryOf(state, number)) };
}

/** An entry of an object or a Map, whose keys may be numbers; undefined where there is none. */
export function entryOf(container: unknown, key: string | number): unknown {
  if (container instanceof Map) return container.get(key) ?? container.get(String(key));
  if (typeof container !== "object" || container === null) return undefined;
  return Object.hasOwn(container, key) ? (container as Record<string, unknown>)[key] : undefined;
}

/**
 * What is to be stored in a state array.
 * @throws RangeError if it has another shape; TypeError if it is no tensor
 */
export function stateSource(name: string, found: unknown, target: NDArray): Tensor {
  const isNumber = typeof found === "number";
  const isElements = found instanceof Tensor || ArrayBuffer.isView(found) || Array.isArray(found);
  const isArray = isElements || (typeof found === "object" && found !== null && "stride" in found);
  if (!isNumber && !isArray) throw new TypeError(`${name}: expected a tensor, found ${typeof found}`);
  const source: Tensor = found instanceof Tensor ? found : tensor(found as TensorSource);
  if (source.numel() === target.size && (isNumber || source.shape.join() === target.shape.join())) return source;
  throw new RangeError(
    `${name}: expected shape [${target.shape.join(", ")}], found [${source.shape.join(", ")}]; is it of this model?`,
  );
}
