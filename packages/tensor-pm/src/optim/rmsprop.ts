import type { NDArray } from "@nodemm/ndarray-pm";
import type { Tensor } from "../tensor.ts";
import { elementsOf, rmsprop } from "./kernels-adam.ts";
import { type Group, Optimiser, type OptimiserOptions, signOf } from "./optimiser.ts";
import { checkFlag, checkOptimiserOptions, checkRate } from "./rates.ts";

export interface RmspropOptions extends OptimiserOptions {
  /** How much the running average of the gradient's square keeps at each step; 0.99 by default. */
  readonly alpha?: number;
  /** Added to what is divided by; 1e-8 by default. */
  readonly eps?: number;
  /** How much of the last step's direction the next one keeps; 0 by default. */
  readonly momentum?: number;
  /** Divides by the spread around the gradient's average. */
  readonly centered?: boolean;
}

/**
 * RMSprop, by PyTorch's formula. On a shelf, `step` changes parameters and state in one failure-atomic transaction; the
 * state is the tensors `rmsprop/<parameter>/step`, `.../square_avg`, `.../momentum_buffer` and `.../grad_avg` there.
 * Learning rate 1e-2 unless told otherwise.
 *
 * Source: Hinton, "Neural networks for machine learning", lecture 6a, 2012.
 */
export class RMSprop extends Optimiser {
  /** @throws TypeError, RangeError as SGD's */
  constructor(parameters: Readonly<Record<string, Tensor>>, options: RmspropOptions = {}) {
    checkOptimiserOptions("RMSprop", options, ["alpha", "eps", "momentum", "centered"]);
    const { learningRate: lr = 1e-2, momentum = 0, alpha = 0.99, eps = 1e-8, centered = false } = options;
    const { weightDecay = 0, maximize = false } = options;
    const group = checkRmsprop({ lr, momentum, alpha, eps, centered, weight_decay: weightDecay, maximize });
    super("rmsprop", parameters, group, options);
  }

  protected override stateNames({ momentum, centered }: Group): readonly string[] {
    const names = ["square_avg"];
    if ((momentum as number) > 0) names.push("momentum_buffer");
    if (centered === true) names.push("grad_avg");
    return names;
  }

  /** PyTorch's layout has them, though the formula does not ask. */
  protected override countsSteps(): boolean {
    return true;
  }

  protected override checkGroup(group: Group): Group {
    return checkRmsprop({ maximize: false, ...group });
  }

  protected override update(
    parameter: NDArray,
    gradient: NDArray,
    state: ReadonlyMap<string, Tensor>,
    _step: number,
    group: Group,
  ): void {
    const [mean, velocity] = [state.get("grad_avg"), state.get("momentum_buffer")];
    rmsprop(
      elementsOf(parameter),
      elementsOf(gradient),
      elementsOf(state.get("square_avg")!.array),
      mean && elementsOf(mean.array),
      velocity && elementsOf(velocity.array),
      parameter.size,
      {
        learningRate: group.lr,
        alpha: group["alpha"] as number,
        eps: group["eps"] as number,
        weightDecay: group["weight_decay"] as number,
        momentum: group["momentum"] as number,
        sign: signOf(group),
      },
    );
  }
}

function checkRmsprop({ lr, momentum, alpha, eps, centered, weight_decay, maximize }: Group): Group {
  return {
    lr,
    momentum: checkRate("momentum", momentum),
    alpha: checkRate("alpha", alpha),
    eps: checkRate("eps", eps),
    centered: checkFlag("centered", centered),
    weight_decay: checkRate("weightDecay", weight_decay),
    maximize: checkFlag("maximize", maximize),
  };
}
