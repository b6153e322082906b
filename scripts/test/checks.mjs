/**
 * The static checks. Each counts as one test.
 * @type {Readonly<Record<"types" | "lint", readonly (readonly string[])[]>>}
 */
export const checks = {
  types: [
    ["tsc", "--noEmit"],
    ["svelte-check", "--tsconfig", "renderer/tsconfig.json", "--fail-on-warnings"],
  ],
  lint: [
    ["eslint", "--max-warnings", "0", "."],
    ["prettier", "--check", "--log-level", "warn", "."],
    ["knip"],
  ],
};
