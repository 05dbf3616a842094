import type { NDArray } from "@nodemm/ndarray-pm";
import type { Tensor } from "../tensor.ts";
import { plainFloat32, plainFloat64, sgdFloat32, sgdFloat64, type SgdKernel } from "./kernels-sgd.ts";
import { type Group, Optimiser, type OptimiserOptions, signOf } from "./optimiser.ts";
import { checkFlag, checkOptimiserOptions, checkRate } from "./rates.ts";

export interface SgdOptions extends OptimiserOptions {
  readonly learningRate: number;
  /** How much of the last step's direction the next one keeps; 0, the default, keeps no velocity. */
  readonly momentum?: number;
  /** How much of the gradient the velocity leaves out; 0 by default. */
  readonly dampening?: number;
  /** Looks ahead along the velocity, which needs momentum and no dampening. */
  readonly nesterov?: boolean;
}

type Floats = Float32Array | Float64Array;

/**
 * Stochastic gradient descent with momentum and weight decay, by PyTorch's formula. On a shelf, `step` changes all
 * parameters and velocities in one failure-atomic transaction, so that a training that was killed carries on from a step
 * that happened whole. Velocities are the tensors `sgd/<parameter>` there.
 *
 *     const optimiser = new SGD({ weights, bias }, { learningRate: 0.1, momentum: 0.9, shelf });
 *     optimiser.step({ weights: weightGradient, bias: biasGradient });
 */
export class SGD extends Optimiser {
  /**
   * @throws TypeError if a parameter is no contiguous float32 or float64 tensor, or not where the velocities are;
   * RangeError if a rate makes no sense or a velocity found on the shelf is of another shape
   */
  constructor(parameters: Readonly<Record<string, Tensor>>, options: SgdOptions) {
    checkOptimiserOptions("SGD", options, ["momentum", "dampening", "nesterov"]);
    const {
      learningRate: lr,
      momentum = 0,
      dampening = 0,
      weightDecay = 0,
      nesterov = false,
      maximize = false,
    } = options;
    const group = checkSgd({ lr, momentum, dampening, weight_decay: weightDecay, nesterov, maximize });
    super("sgd", parameters, group, options);
  }

  get momentum(): number {
    return this.group["momentum"] as number;
  }

  get weightDecay(): number {
    return this.group["weight_decay"] as number;
  }

  /** The velocity of each parameter, by its name; they share the optimiser's elements. Empty without momentum. */
  get velocities(): Readonly<Record<string, Tensor>> {
    return this.stateOf("momentum_buffer");
  }

  protected override variableOf(name: string, key: string, state: string): string {
    return state === "step" ? `${name}.steps/${key}` : `${name}/${key}`;
  }

  protected override stateNames({ momentum }: Group): readonly string[] {
    return (momentum as number) > 0 ? ["momentum_buffer"] : [];
  }

  /** The first step is not dampened. */
  protected override countsSteps({ momentum, dampening }: Group): boolean {
    return (momentum as number) > 0 && dampening !== 0;
  }

  protected override checkGroup(group: Group): Group {
    return checkSgd({ dampening: 0, nesterov: false, maximize: false, ...group });
  }

  protected override update(
    parameter: NDArray,
    gradient: NDArray,
    state: ReadonlyMap<string, Tensor>,
    step: number,
    group: Group,
  ): void {
    const velocity = state.get("momentum_buffer")?.array;
    const momentum = group["momentum"] as number;
    const isFirst = step === 1;
    const moving: NDArray = velocity ?? parameter;
    const isSingle = parameter.dtype === "float32";
    const chosen =
      velocity === undefined ? (isSingle ? plainFloat32 : plainFloat64) : isSingle ? sgdFloat32 : sgdFloat64;
    (chosen as SgdKernel<Floats>)(
      parameter.data as Floats,
      parameter.offset,
      moving.data as Floats,
      moving.offset,
      gradient.data as Floats,
      gradient.offset,
      parameter.size,
      {
        learningRate: group.lr,
        momentum,
        keep: isFirst ? 0 : momentum,
        take: isFirst ? 1 : 1 - (group["dampening"] as number),
        weightDecay: group["weight_decay"] as number,
        nesterov: group["nesterov"] as boolean,
        sign: signOf(group),
      },
    );
  }
}

function checkSgd({ lr, momentum, dampening, weight_decay, nesterov, maximize }: Group): Group {
  const group = {
    lr,
    momentum: checkRate("momentum", momentum),
    dampening: checkRate("dampening", dampening),
    weight_decay: checkRate("weightDecay", weight_decay),
    nesterov: checkFlag("nesterov", nesterov),
    maximize: checkFlag("maximize", maximize),
  };
  if (group.nesterov && (group.momentum === 0 || group.dampening !== 0)) {
    throw new RangeError("nesterov: expected momentum above 0 and no dampening beside it");
  }
  return group;
}
