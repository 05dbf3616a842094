import { dtypeInfo, type NDArray } from "@nodemm/ndarray-pm";
import { Tensor } from "../../tensor.ts";
import { denseOf, type Exchangeable } from "../dense.ts";
import { fromOrt, type OrtModule, type OrtTensorLike, toOrt } from "./tensor.ts";

/** What is needed of an `InferenceSession` of onnxruntime-node. */
export interface OrtSession<OrtTensor> {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(
    feeds: Record<string, OrtTensor>,
    fetches: Record<string, OrtTensor | null>,
  ): Promise<Readonly<Record<string, unknown>>>;
  release(): Promise<void>;
}

/** Tensors by the names that the model has for them. */
export type NamedTensors = Readonly<Record<string, Exchangeable>>;

/**
 * Runs a session on tensors where they lie. ONNX Runtime reads the inputs there, and writes those outputs that are given
 * straight into their memory: give tensors on the shelf, of the dtype and shape that the model computes, and nothing is
 * allocated for them here. It makes a copy of each output besides, which is dropped. Outputs that are not given are in
 * DRAM. All are returned by name.
 *
 *     await run(ort, session, { image: shelf.vars.images }, { logits: shelf.vars.logits });
 *
 * Given outputs on a shelf are durable when it is fulfilled. They are not failure-atomic: after a crash meanwhile they
 * may hold old and new elements.
 * @throws (rejects) RangeError for a name that the model does not have; TypeError as {@link toOrt}; ShelfError
 * `ERR_SHELF_ERASED`, `ERR_SHELF_CLOSED`; what ONNX Runtime says of dtypes and shapes that do not go together
 */
export async function run<OrtTensor>(
  ort: OrtModule<OrtTensor>,
  session: OrtSession<OrtTensor>,
  feeds: NamedTensors,
  outputs: NamedTensors = {},
): Promise<Record<string, Tensor>> {
  return runFed(ort, session, handedOver(ort, feeds, session.inputNames, "input"), outputs);
}

/** {@link run} with inputs that have been handed over already. */
export async function runFed<OrtTensor>(
  ort: OrtModule<OrtTensor>,
  session: OrtSession<OrtTensor>,
  feeds: Record<string, OrtTensor>,
  outputs: NamedTensors,
): Promise<Record<string, Tensor>> {
  const given = handedOver(ort, outputs, session.outputNames, "output");
  const fetches = Object.fromEntries(session.outputNames.map((name) => [name, given[name] ?? null]));
  // Takes seals away: what is written behind the shelf's back would not match them.
  for (const output of Object.values(outputs)) arrayOf(output).storage?.persist(0, 0);
  const results = await session.run(feeds, fetches);
  const named = session.outputNames.map((name): [string, Tensor] => {
    const result = fromOrt(results[name] as OrtTensorLike);
    const output: Exchangeable | undefined = outputs[name];
    return [name, output === undefined ? result : settled(output, result)];
  });
  return Object.fromEntries(named);
}

/** Each tensor as one of ONNX Runtime. */
export function handedOver<OrtTensor>(
  ort: OrtModule<OrtTensor>,
  tensors: NamedTensors,
  known: readonly string[],
  kind: "input" | "output",
): Record<string, OrtTensor> {
  const entries = Object.entries(tensors).map(([name, source]): [string, OrtTensor] => {
    if (known.includes(name)) return [name, toOrt(ort, source)];
    throw new RangeError(`The model has no ${kind} ${JSON.stringify(name)}; it has ${known.join(", ")}`);
  });
  return Object.fromEntries(entries);
}

/** An output in its own memory, durable. */
function settled(output: Exchangeable, result: Tensor): Tensor {
  const target = denseOf(output).data;
  const found = denseOf(result).data;
  const view = (data: ArrayBufferView): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  // Written in place by the versions that we know; by any other, they are here a copy later.
  if (Buffer.compare(view(target), view(found)) !== 0) view(target).set(view(found));
  const elements = arrayOf(output);
  if (elements.storage !== undefined && elements.size > 0) {
    const { itemsize } = dtypeInfo(elements.dtype);
    elements.storage.persist(target.byteOffset, elements.size * itemsize);
  }
  return output instanceof Tensor ? output : new Tensor(output);
}

function arrayOf(tensor: Exchangeable): NDArray {
  return tensor instanceof Tensor ? tensor.array : tensor;
}
