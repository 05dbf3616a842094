/** Hooks of Node's module loader: https://nodejs.org/docs/latest-v20.x/api/module.html#customization-hooks. */
import type { InitializeHook, LoadHook } from "node:module";
import { applyChange, type SourceChange } from "./source-change.ts";

export interface ChangedModule {
  readonly url: string;
  readonly change: SourceChange;
}

let changed: ChangedModule | undefined;

export const initialize: InitializeHook<ChangedModule> = (data) => {
  changed = data;
};

export const load: LoadHook = async (url, context, nextLoad) => {
  const loaded = await nextLoad(url, context);
  if (changed === undefined || url !== changed.url) return loaded;
  const source =
    typeof loaded.source === "string" ? loaded.source : Buffer.from(loaded.source as Uint8Array).toString();
  return { ...loaded, source: applyChange(source, changed.change) };
};
