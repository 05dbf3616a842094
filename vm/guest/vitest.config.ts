import { configDefaults, defineConfig } from "vitest/config";
import shared from "../../vitest.config.ts";

/** The tests that run inside the emulated machine, of all packages at once. Which ones, the host says. */
const { include, exclude } = JSON.parse(process.env["NODEMM_VM_TESTS"] ?? '{ "include": [], "exclude": [] }') as {
  readonly include: string[];
  readonly exclude: string[];
};

export default defineConfig({ test: { ...shared.test, include, exclude: [...configDefaults.exclude, ...exclude] } });
