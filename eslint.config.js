import js from "@eslint/js";
import svelte from "eslint-plugin-svelte";
import globals from "globals";
import tseslint from "typescript-eslint";

/** Names a room's forbidden imports: `[what, why]`. */
const electronOnlyInShell = {
  group: ["electron", "electron/*"],
  message: "Only electron/ imports electron.",
};
const onlyTheContract = {
  regex: "(^|/)engine/(?!contract(/|$))",
  message: "Clients import nothing of engine/ but engine/contract.",
};
/** @param {string[]} names */
const rooms = (...names) => ({
  regex: `^\\.\\./(.*/)?(${names.join("|")})(/|$)`,
  message: "Imports point one way: electron, cli, renderer -> contract <- engine -> vm.",
});

/**
 * Rules of import direction for one room.
 * @param {string} name
 * @param {object[]} forbidden
 * @returns {import("typescript-eslint").ConfigArray[number]}
 */
function room(name, forbidden) {
  return {
    files: [`${name}/**/*.{ts,svelte,svelte.ts,js,mjs}`],
    rules: { "no-restricted-imports": ["error", { patterns: forbidden }] },
  };
}

export default tseslint.config(
  { ignores: ["node_modules", "dist", "release", "test/fixtures", "coverage", "resources/templates"] },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  svelte.configs["flat/recommended"],
  {
    languageOptions: {
      globals: { ...globals.node },
      parserOptions: {
        projectService: { allowDefaultProject: [] },
        tsconfigRootDir: import.meta.dirname,
        extraFileExtensions: [".svelte"],
      },
    },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      eqeqeq: "error",
      "no-console": "error",
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true },
      ],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "@typescript-eslint/consistent-type-imports": "error",
    },
  },
  {
    files: ["renderer/**/*.svelte", "renderer/**/*.svelte.ts"],
    languageOptions: { parserOptions: { parser: tseslint.parser } },
  },
  {
    files: ["renderer/**"],
    languageOptions: { globals: { ...globals.browser } },
    rules: {
      // The linter sees components as `any`; svelte-check, which knows them, does these checks.
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-call": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-return": "off",
      "@typescript-eslint/restrict-plus-operands": "off",
      "@typescript-eslint/no-redundant-type-constituents": "off",
      // `void value` is how an effect names what it depends on.
      "@typescript-eslint/no-meaningless-void-operator": "off",
      eqeqeq: ["error", "always", { null: "ignore" }],
    },
  },
  {
    files: ["scripts/**", "bin/**", "test/**", "vm/image/**", "*.{js,ts,mjs}"],
    rules: { "no-console": "off" },
  },
  {
    files: ["**/*.{js,mjs}"],
    extends: [tseslint.configs.disableTypeChecked],
  },
  // svelte-check reads their types; a second time, file by file, takes minutes.
  { files: ["**/*.svelte"], ...tseslint.configs.disableTypeChecked },
  room("electron", [onlyTheContract, rooms("vm", "cli", "renderer")]),
  room("cli", [electronOnlyInShell, onlyTheContract, rooms("vm", "electron", "renderer")]),
  room("renderer", [
    electronOnlyInShell,
    { regex: "(^|/)engine/contract/connect", message: "The page reaches the engine by its port alone." },
    onlyTheContract,
    rooms("vm", "electron", "cli"),
  ]),
  room("engine", [electronOnlyInShell, rooms("electron", "cli", "renderer", "vm/(?!host)[^/]+")]),
  room("engine/contract", [
    electronOnlyInShell,
    rooms("electron", "cli", "renderer", "vm"),
    {
      regex: "^\\.\\./(?!(base|schemas|streams|client|contract)(/|\\.))",
      message: "The contract imports nothing of ours.",
    },
  ]),
  room("vm", [electronOnlyInShell, rooms("electron", "cli", "renderer", "engine")]),
  room("scripts", [electronOnlyInShell]),
);
