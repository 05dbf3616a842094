/**
 * Models whose weights are the shelf's bytes. A save writes a model's weights to another place and lets go of the one
 * before: a model that looked at the old place would compute NaN. So the models that share are known by the name that they
 * share, and follow it.
 */
import type { CheckpointShelf } from "../../checkpoint/shelf.ts";
import { modelWeightsOf, type SavedModel } from "./artifacts.ts";

/** One model that shares the weights of a name. */
export interface Follower {
  /** The shapes of its weights, in their order. */
  readonly shapes: readonly string[];
  /** Points its weights to the present version on the shelf. */
  share(): void;
  /** Gives it weights of its own. */
  part(): void;
}

/** By shelf and name; models are let go of with whoever holds them. */
const followers = new WeakMap<CheckpointShelf, Map<string, Map<WeakRef<object>, Follower>>>();

export function follow(shelf: CheckpointShelf, name: string, model: object, follower: Follower): void {
  const names = followers.get(shelf) ?? new Map<string, Map<WeakRef<object>, Follower>>();
  followers.set(shelf, names);
  const models = names.get(name) ?? new Map<WeakRef<object>, Follower>();
  names.set(name, models);
  for (const known of models.keys()) if (known.deref() === model || known.deref() === undefined) models.delete(known);
  models.set(new WeakRef(model), follower);
}

/**
 * Called before a save, with what it stores: models that its weights do not fit get weights of their own. What is returned is
 * called when it is done, and lets the others follow.
 */
export function beforeSave(shelf: CheckpointShelf, name: string, saved: SavedModel): () => void {
  const models = followers.get(shelf)?.get(name);
  if (models === undefined) return () => undefined;
  const shapes = modelWeightsOf(saved)
    .map(({ shape }) => shape.join())
    .join("; ");
  for (const [model, follower] of models) {
    const fits = follower.shapes.join("; ") === shapes;
    if (!fits && model.deref() !== undefined) follower.part();
    if (!fits || model.deref() === undefined) models.delete(model);
  }
  return () => {
    for (const follower of models.values()) follower.share();
  };
}
