/** What the host and the agent in the emulated machine say to each other, a line of JSON each. */

export type Request =
  | {
      readonly id: number;
      readonly command: readonly [string, ...string[]];
      readonly cwd?: string;
      readonly env?: Readonly<Record<string, string>>;
    }
  | { readonly id: number; readonly kill: NodeJS.Signals }
  | { readonly powerOff: true };

export type Answer =
  | { readonly ready: true; readonly uptimeSeconds: number }
  | { readonly id: number; readonly channel: "stdout" | "stderr"; readonly text: string }
  | { readonly id: number; readonly status: number | null; readonly signal: string | null };
