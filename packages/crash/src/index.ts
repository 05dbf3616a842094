export type { CrashSuite, DamageCheck, Exploration, Limits } from "./suite.ts";
