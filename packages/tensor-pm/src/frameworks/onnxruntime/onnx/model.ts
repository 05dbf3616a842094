/**
 * An ONNX model taken apart into its graph and its weights, and put together again: `ModelProto` and `GraphProto` in
 * https://github.com/onnx/onnx/blob/main/onnx/onnx.proto. Everything else passes through unread.
 */
import type { DType } from "@nodemm/ndarray-pm";
import type { Tensor } from "../../../tensor.ts";
import { ModelError } from "../../errors.ts";
import { readInitializer, type Initializer, tensorOf, writeInitializer, writeInput } from "./initializer.ts";
import { bytesField, fieldsOf, joined, lengthDelimited } from "./wire.ts";

const graphOfModel = 7;
const initializerOfGraph = 5;
const inputOfGraph = 11;

export interface SplitModel {
  /** The model without the weights. */
  readonly graph: Uint8Array;
  /** By name, in the graph's order; in DRAM. */
  readonly weights: ReadonlyMap<string, Tensor>;
}

/** Which initializers are weights. */
export type WeightFilter = (weight: {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
}) => boolean;

/**
 * Takes the weights out.
 * @throws ModelError `ERR_MODEL_MALFORMED`, `ERR_MODEL_UNSUPPORTED`
 */
export function splitModel(
  model: Uint8Array,
  isWeight: WeightFilter,
  files: ReadonlyMap<string, Uint8Array>,
): SplitModel {
  const weights = new Map<string, Tensor>();
  const pieces: Uint8Array[] = [];
  let graphs = 0;
  for (const field of fieldsOf(model)) {
    if (field.number !== graphOfModel || field.wireType !== lengthDelimited) {
      pieces.push(field.whole);
      continue;
    }
    graphs++;
    const rest: Uint8Array[] = [];
    for (const part of fieldsOf(field.content)) {
      const initializer = part.number === initializerOfGraph ? readInitializer(part.content) : undefined;
      if (initializer !== undefined && isMovable(initializer) && isWeight(initializer)) {
        weights.set(initializer.name, tensorOf(initializer, files));
      } else {
        rest.push(part.whole);
      }
    }
    pieces.push(...bytesField(graphOfModel, rest));
  }
  if (graphs !== 1) {
    throw new ModelError("ERR_MODEL_MALFORMED", `Expected an ONNX model with one graph, found ${graphs}`);
  }
  return { graph: joined(pieces), weights };
}

function isMovable(initializer: Initializer): initializer is Initializer & { readonly dtype: DType } {
  return initializer.dtype !== undefined && initializer.source.kind !== "other" && initializer.name !== "";
}

/** A model whose weights are inputs, to be fed at each run. */
export function withInputs({ graph, weights }: SplitModel): Uint8Array {
  return extendGraph(graph, (present) =>
    [...weights]
      .filter(([name]) => !present.has(name))
      .flatMap(([name, weight]) => bytesField(inputOfGraph, writeInput(name, weight))),
  );
}

/** The model with its weights inside: a copy of them. */
export function withInitializers({ graph, weights }: SplitModel): Uint8Array {
  return extendGraph(graph, () =>
    [...weights].flatMap(([name, weight]) => bytesField(initializerOfGraph, writeInitializer(name, weight))),
  );
}

/** Adds to the graph what `partsFor` makes, which is told the names of its inputs. */
function extendGraph(model: Uint8Array, partsFor: (inputs: ReadonlySet<string>) => Uint8Array[]): Uint8Array {
  const pieces = [...fieldsOf(model)].flatMap(({ number, content, whole }) =>
    number === graphOfModel ? bytesField(graphOfModel, [content, ...partsFor(inputsOf(content))]) : [whole],
  );
  return joined(pieces);
}

function inputsOf(graph: Uint8Array): Set<string> {
  const inputs = [...fieldsOf(graph)].filter(({ number }) => number === inputOfGraph);
  const names = inputs.map(({ content }) => [...fieldsOf(content)].find(({ number }) => number === 1)?.content);
  return new Set(names.map((name) => new TextDecoder().decode(name)));
}
