import { type NDArray, ones, zeros } from "@nodemm/ndarray-pm";
import { ShelfError } from "@nodemm/shelf";
import type { Tensor } from "../tensor.ts";
import { denseGradient, type Gradient } from "./gradient.ts";
import { checkFlag, checkRate, namedEntries } from "./rates.ts";
import { announce, type Like, type OptimiserShelf, parameterArray, snapshotWhole, stateTensor } from "./state.ts";
import { entryOf, type OptimiserStateDict, readStateDict, stateSource } from "./state-dict.ts";

/** What every optimiser takes. */
export interface OptimiserOptions {
  readonly learningRate?: number;
  /** L2 penalty, added to the gradient as `weightDecay * parameter`; 0 by default. */
  readonly weightDecay?: number;
  /** Goes up the gradient instead of down. */
  readonly maximize?: boolean;
  /**
   * Where the state lives, as tensors named after the optimiser and the parameter; what is already there is carried on
   * from. Without a shelf it is in DRAM, and a checkpoint of `stateDict()` keeps it.
   */
  readonly shelf?: OptimiserShelf | undefined;
  /** What the names on the shelf begin with; by default the optimiser's name in small letters. */
  readonly name?: string;
}

/** Hyperparameters, by PyTorch's names. */
export type Group = Readonly<Record<string, unknown>> & { readonly lr: number };

interface Slot {
  readonly key: string;
  readonly parameter: NDArray;
  /** What is kept of the parameter, by PyTorch's names; `step` where the formula asks how many there have been. */
  readonly state: ReadonlyMap<string, Tensor>;
  readonly variables: readonly string[];
}

/** One number for each parameter: which others there are, and in which order, makes no difference. */
const counter: Like = { shape: [], dtype: "float32", layout: "C" };

/**
 * What optimisers have in common: state on a shelf beside the parameters, steps that are transactions, and PyTorch's state
 * dict. On a shelf a {@link step} changes all parameters and their state, or, after a throw or a crash, none.
 */
export abstract class Optimiser {
  readonly #shelf: OptimiserShelf | undefined;
  readonly #name: string;
  #slots: ReadonlyMap<string, Slot>;
  #group: Group;

  protected constructor(
    name: string,
    parameters: Readonly<Record<string, Tensor>>,
    group: Group,
    { shelf, name: ownName }: OptimiserOptions,
  ) {
    this.#group = Object.freeze({ ...group, lr: checkRate("learningRate", group.lr) });
    this.#shelf = shelf;
    this.#name = ownName ?? name;
    this.#slots = new Map();
    this.#transaction(() => {
      const entries = namedEntries("parameters", parameters);
      this.#slots = new Map(entries.map(([key, parameter]) => [key, this.#makeSlot(key, parameter)]));
    });
  }

  /** The tensors of state like the parameter that it needs under these hyperparameters, by PyTorch's names. */
  protected abstract stateNames(group: Group): readonly string[];
  /** Whether the formula asks how many steps a parameter has taken. */
  protected abstract countsSteps(group: Group): boolean;
  /** Hyperparameters as they are kept, from those of a state dict. @throws TypeError, RangeError for what makes no sense */
  protected abstract checkGroup(group: Group): Group;
  /** Changes a parameter and its state in place; `step` is 1 the first time, or 0 where steps are not counted. */
  protected abstract update(
    parameter: NDArray,
    gradient: NDArray,
    state: ReadonlyMap<string, Tensor>,
    step: number,
    group: Group,
  ): void;

  /** The name on the shelf of a tensor of state. */
  protected variableOf(name: string, key: string, state: string): string {
    return `${name}/${key}/${state}`;
  }

  /** May be changed between steps, as schedules do. */
  get learningRate(): number {
    return this.#group.lr;
  }

  set learningRate(value: number) {
    this.#group = Object.freeze({ ...this.#group, lr: checkRate("learningRate", value) });
  }

  /** The hyperparameters, by PyTorch's names. */
  get group(): Group {
    return this.#group;
  }

  /**
   * The names of the state's tensors on the shelf; empty without a shelf. Who saves more than parameters in the same
   * transaction can save these with it, in one fence: `shelf.snapshot(["weights", ...optimiser.variables])`;
   * {@link step} finds them saved then.
   */
  get variables(): readonly string[] {
    return this.#variablesOf([...this.#slots.values()]);
  }

  /** What is kept of each parameter, by its name; the optimiser's own tensors. */
  protected stateOf(name: string): Readonly<Record<string, Tensor>> {
    const kept = [...this.#slots].flatMap(([key, { state }]) => (state.has(name) ? [[key, state.get(name)!]] : []));
    return Object.fromEntries(kept);
  }

  /**
   * Takes one step along the gradients, named as the parameters; parameters without one stay as they are. Nothing has
   * changed if it throws. On a shelf, all or nothing also after a crash, and durable on return; inside the caller's
   * `shelf.transaction`, together with what else that does.
   * @throws TypeError, RangeError if a gradient fits no parameter; ShelfError `ERR_SHELF_NO_SPACE`, `ERR_SHELF_ERASED`,
   * `ERR_SHELF_CLOSED`
   */
  step(gradients: Readonly<Record<string, Gradient>>): void {
    const entries = namedEntries("gradients", gradients);
    const slots = entries.map(([name]) => this.#slotOf(name));
    const dense = slots.map(({ key, parameter }, at) => denseGradient(key, entries[at][1], parameter));
    this.#transaction(() => {
      for (const { parameter } of slots) snapshotWhole(parameter);
      this.#shelf?.snapshot(this.#variablesOf(slots));
      for (const [at, slot] of slots.entries()) this.#update(slot, dense[at]);
    });
  }

  #update({ parameter, state }: Slot, gradient: NDArray): void {
    announce([parameter, ...[...state.values()].map(({ array }): NDArray => array)]);
    const steps = state.get("step")?.array;
    const step = steps === undefined ? 0 : Number(steps.get()) + 1;
    steps?.set(step);
    this.update(parameter, gradient, state, step, this.#group);
  }

  /** PyTorch's `state_dict`: `save(shelf, "run", { model, optimiser: optimiser.stateDict() })`. Shares the tensors. */
  stateDict(): OptimiserStateDict {
    const slots = [...this.#slots.values()];
    const state = slots.map(({ state: kept }, at) => [at, Object.fromEntries(kept)] as const);
    return {
      state: Object.fromEntries(state),
      param_groups: [{ ...this.#group, params: slots.map((_slot, at) => at) }],
    };
  }

  /**
   * Takes over state and hyperparameters of a {@link stateDict}, of PyTorch's too, for the same parameters in the same
   * order; the elements are copied. State that is not there starts at zero, steps beside other state at one. All or nothing, durable on return on a shelf.
   * @throws TypeError, RangeError if it does not fit, ShelfError `ERR_SHELF_TRANSACTION` inside a transaction, which could not
   * take the hyperparameters back: with nothing changed
   */
  loadStateDict(dict: OptimiserStateDict | Readonly<Record<string, unknown>> | ReadonlyMap<string, unknown>): void {
    if (this.#shelf?.inTransaction === true) {
      throw new ShelfError(
        "ERR_SHELF_TRANSACTION",
        `the optimiser "${this.#name}" cannot take over a state dict inside a transaction, which does not take its ` +
          `hyperparameters back; let the transaction return first`,
      );
    }
    const { group: given, states } = readStateDict(dict, this.#slots.size);
    const before = [this.#group, this.#slots] as const;
    const { params: _params, ...rates } = given;
    const group = Object.freeze({ ...this.checkGroup(rates as Group), lr: checkRate("lr", rates.lr) });
    try {
      this.#transaction(() => {
        this.#group = group;
        this.#slots = new Map([...this.#slots].map(([key, { parameter }]) => [key, this.#remakeSlot(key, parameter)]));
        this.#takeOver(states);
      });
    } catch (error) {
      [this.#group, this.#slots] = before;
      throw error;
    }
  }

  #takeOver(states: readonly unknown[]): void {
    const copies = [...this.#slots.values()].flatMap(({ key, state }, at) => {
      // PyTorch counts no steps of SGD: state without a count is that of a parameter that has taken some.
      const isBegun = [...state.keys()].some((name) => name !== "step" && (entryOf(states[at], name) ?? null) !== null);
      return [...state].map(([name, { array: target }]) => {
        const missing = name === "step" && isBegun ? ones : zeros;
        const found = entryOf(states[at], name) ?? missing(target.shape, target.dtype);
        return { target, source: stateSource(`${name} of "${key}"`, found, target) };
      });
    });
    // All are checked before the first is copied.
    for (const { target, source } of copies) target.assign(source.array.reshape(target.shape));
  }

  #transaction(work: () => void): void {
    if (this.#shelf === undefined) work();
    else this.#shelf.transaction(work);
  }

  #slotOf(name: string): Slot {
    const slot = this.#slots.get(name);
    if (slot !== undefined) return slot;
    const known = [...this.#slots.keys()].join(", ");
    throw new RangeError(
      `There is no parameter ${JSON.stringify(name)} for this gradient; the parameters are ${known}`,
    );
  }

  #makeSlot(key: string, parameter: unknown): Slot {
    return this.#remakeSlot(key, parameterArray(key, parameter, this.#shelf));
  }

  /** With the state that the hyperparameters ask for; in DRAM, with what there is of it already. */
  #remakeSlot(key: string, parameter: NDArray): Slot {
    const known = this.#slots.get(key)?.state;
    const counted = this.countsSteps(this.#group) ? ["step"] : [];
    const named = [...counted, ...this.stateNames(this.#group)].map((state) => {
      const variable = this.variableOf(this.#name, key, state);
      const found = this.#shelf === undefined ? known?.get(state) : undefined;
      const like: Like = state === "step" ? counter : parameter;
      return { state, variable, tensor: found ?? stateTensor(variable, like, this.#shelf) };
    });
    return {
      key,
      parameter,
      state: new Map(named.map(({ state, tensor }) => [state, tensor])),
      variables: named.map(({ variable }) => variable),
    };
  }

  #variablesOf(slots: readonly Slot[]): string[] {
    return this.#shelf === undefined ? [] : slots.flatMap(({ variables }) => variables);
  }
}

/** +1 or -1: which way to go along the gradient. */
export function signOf({ maximize }: Group): 1 | -1 {
  return checkFlag("maximize", maximize) ? -1 : 1;
}
