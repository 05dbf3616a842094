import type { NDArray } from "@nodemm/ndarray-pm";
import type { Tensor } from "../tensor.ts";
import { adam, elementsOf } from "./kernels-adam.ts";
import { type Group, Optimiser, type OptimiserOptions, signOf } from "./optimiser.ts";
import { checkFlag, checkOptimiserOptions, checkRate, checkShare } from "./rates.ts";

export interface AdamOptions extends OptimiserOptions {
  /** How much the running averages of the gradient and of its square keep at each step; 0.9 and 0.999 by default. */
  readonly betas?: readonly [number, number];
  /** Added to what is divided by; 1e-8 by default. */
  readonly eps?: number;
  /** Divides by the largest average that there has been. */
  readonly amsgrad?: boolean;
}

/** What Adam and AdamW have in common. */
abstract class AdamLike extends Optimiser {
  protected constructor(
    name: string,
    parameters: Readonly<Record<string, Tensor>>,
    options: AdamOptions,
    weightDecayDefault: number,
  ) {
    checkOptimiserOptions(name === "adam" ? "Adam" : "AdamW", options, ["betas", "eps", "amsgrad"]);
    const { learningRate: lr = 1e-3, betas = [0.9, 0.999], eps = 1e-8, weightDecay = weightDecayDefault } = options;
    const { amsgrad = false, maximize = false } = options;
    const group = checkAdam({ lr, betas, eps, weight_decay: weightDecay, amsgrad, maximize });
    super(name, parameters, group, options);
  }

  protected abstract readonly isDecoupled: boolean;

  protected override stateNames({ amsgrad }: Group): readonly string[] {
    const averages = ["exp_avg", "exp_avg_sq"];
    return amsgrad === true ? [...averages, "max_exp_avg_sq"] : averages;
  }

  protected override countsSteps(): boolean {
    return true;
  }

  protected override checkGroup(group: Group): Group {
    return checkAdam({ amsgrad: false, maximize: false, ...group });
  }

  protected override update(
    parameter: NDArray,
    gradient: NDArray,
    state: ReadonlyMap<string, Tensor>,
    step: number,
    group: Group,
  ): void {
    const [beta1, beta2] = group["betas"] as readonly [number, number];
    const decay = group["weight_decay"] as number;
    const largest = state.get("max_exp_avg_sq");
    adam(
      elementsOf(parameter),
      elementsOf(gradient),
      elementsOf(state.get("exp_avg")!.array),
      elementsOf(state.get("exp_avg_sq")!.array),
      largest && elementsOf(largest.array),
      parameter.size,
      step,
      {
        learningRate: group.lr,
        beta1,
        beta2,
        eps: group["eps"] as number,
        weightDecay: this.isDecoupled ? 0 : decay,
        shrink: this.isDecoupled ? 1 - group.lr * decay : 1,
        sign: signOf(group),
      },
    );
  }
}

/**
 * Adam, by PyTorch's formula; `amsgrad` too. On a shelf, `step` changes parameters and state in one failure-atomic
 * transaction; the state is the tensors `adam/<parameter>/step`, `.../exp_avg`, `.../exp_avg_sq` and `.../max_exp_avg_sq`
 * there. Learning rate 1e-3 unless told otherwise.
 *
 *     const optimiser = new Adam(parameters, { learningRate: 1e-3, shelf });
 *     optimiser.step(gradients);
 *
 * Source: Kingma and Ba, "Adam: a method for stochastic optimization", 2015.
 */
export class Adam extends AdamLike {
  /** @throws TypeError, RangeError as SGD's */
  constructor(parameters: Readonly<Record<string, Tensor>>, options: AdamOptions = {}) {
    super("adam", parameters, options, 0);
  }

  protected override readonly isDecoupled: boolean = false;
}

/**
 * {@link Adam} whose weight decay shrinks the parameters themselves, by `learningRate * weightDecay`; 0.01 by default. Its
 * state on a shelf is `adamw/...`.
 *
 * Source: Loshchilov and Hutter, "Decoupled weight decay regularization", 2019.
 */
export class AdamW extends AdamLike {
  /** @throws TypeError, RangeError as SGD's */
  constructor(parameters: Readonly<Record<string, Tensor>>, options: AdamOptions = {}) {
    super("adamw", parameters, options, 0.01);
  }

  protected override readonly isDecoupled: boolean = true;
}

function checkAdam({ lr, betas, eps, weight_decay, amsgrad, maximize }: Group): Group {
  if (!Array.isArray(betas) || betas.length !== 2) throw new TypeError("betas: expected a list of two numbers");
  return {
    lr,
    betas: Object.freeze(betas.map((beta, at) => checkShare(`betas[${at}]`, beta))),
    eps: checkRate("eps", eps),
    weight_decay: checkRate("weightDecay", weight_decay),
    amsgrad: checkFlag("amsgrad", amsgrad),
    maximize: checkFlag("maximize", maximize),
  };
}
