/**
 * What a shelf tells to whoever watches: `NODE_DEBUG=nodemm` prints it, and `diagnostics_channel` has a channel for each
 * kind, `nodemm.shelf.open` and so on. Where nobody watches it costs a look at two flags.
 */
import { channel, type Channel } from "node:diagnostics_channel";
import { debuglog } from "node:util";

/** What each kind of event carries, besides `source`. */
export interface ShelfEvents {
  /** A shelf was opened, after recovery. */
  readonly open: { readonly names: number; readonly size: number; readonly rolledBack: boolean };
  readonly close: object;
  /** A transaction became durable: operations on names and items, and ranges changed in place. */
  readonly commit: { readonly operations: number; readonly changedBytes: number };
  /** A transaction was undone; `error` is why. */
  readonly rollback: { readonly error: unknown };
  /** The shelf is larger now, or smaller. */
  readonly resize: { readonly size: number };
  /** The catalog was written anew. */
  readonly rewrite: { readonly generation: number; readonly catalogBytes: number };
}

const log = debuglog("nodemm");
/** NODE_DEBUG is read when the process starts. */
const isLogged: boolean = log.enabled;
/** Each is named where it is asked for: looking one up by a kind that varies is a call. */
export const channels: Readonly<Record<keyof ShelfEvents, Channel>> = {
  open: channel("nodemm.shelf.open"),
  close: channel("nodemm.shelf.close"),
  commit: channel("nodemm.shelf.commit"),
  rollback: channel("nodemm.shelf.rollback"),
  resize: channel("nodemm.shelf.resize"),
  rewrite: channel("nodemm.shelf.rewrite"),
};

/** Whether an event for this one of {@link channels} is worth making. */
export function isWatched({ hasSubscribers }: Channel): boolean {
  return hasSubscribers || isLogged;
}

export function tell<Kind extends keyof ShelfEvents>(kind: Kind, source: string, facts: ShelfEvents[Kind]): void {
  if (isLogged) log("%s %s %o", kind, source, facts);
  if (channels[kind].hasSubscribers) channels[kind].publish({ source, ...facts });
}

/** What one shelf has to tell, in turn, once nothing is under way: who hears of it may use the shelf, and change it. */
export class News {
  readonly #source: string;
  readonly #waiting: (() => void)[] = [];
  #underWay = 0;

  constructor(source: string) {
    this.#source = source;
  }

  /** Keeps news back until {@link end} has been called as often. */
  begin(): void {
    this.#underWay++;
  }

  end(): void {
    this.#underWay--;
    // One by one: whoever is told may change the shelf, and what that has to tell comes last.
    while (this.#underWay === 0 && this.#waiting.length > 0) this.#waiting.shift()?.();
  }

  tell<Kind extends keyof ShelfEvents>(kind: Kind, facts: ShelfEvents[Kind]): void {
    this.begin();
    this.#waiting.push(() => tell(kind, this.#source, facts));
    this.end();
  }
}
