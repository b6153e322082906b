import { ESLint } from "eslint";
import { describe, expect, it } from "vitest";

/** Lints one planted line as if it stood in `file`; answers the messages of the import rule. */
async function importProblems(file: string, line: string): Promise<string[]> {
  const eslint = new ESLint({
    overrideConfig: { languageOptions: { parserOptions: { projectService: false, project: null } } },
    ruleFilter: ({ ruleId }) => ruleId === "no-restricted-imports",
  });
  const [result] = await eslint.lintText(`${line}\n`, { filePath: file });
  return (result?.messages ?? []).map((message) => message.message);
}

describe("import directions", () => {
  it.each([
    ["cli/planted.ts", 'import { app } from "electron";'],
    ["engine/planted.ts", 'import { app } from "electron";'],
    ["renderer/planted.ts", 'import { ipcRenderer } from "electron";'],
    ["vm/host/planted.ts", 'import { contract } from "../../engine/contract/index.ts";'],
    ["cli/planted.ts", 'import { runEngine } from "../engine/main.ts";'],
    ["renderer/pages/planted.ts", 'import { model } from "../../engine/docker/index.ts";'],
    ["electron/planted.ts", 'import { Machine } from "../vm/host/index.ts";'],
    ["cli/planted.ts", 'import { Machine } from "../vm/host/index.ts";'],
    ["engine/planted.ts", 'import { runCli } from "../cli/main.ts";'],
    ["engine/contract/planted.ts", 'import { log } from "../logging/index.ts";'],
    ["renderer/planted.ts", 'import { connectEngine } from "../engine/contract/connect.ts";'],
  ])("forbids in %s: %s", async (file, line) => {
    expect(await importProblems(file, line)).toHaveLength(1);
  });

  it.each([
    ["electron/planted.ts", 'import { app } from "electron";'],
    ["cli/planted.ts", 'import { readStream } from "../engine/contract/index.ts";'],
    ["renderer/pages/planted.ts", 'import type { Status } from "../../engine/contract/index.ts";'],
    ["engine/planted.ts", 'import { Machine } from "../vm/host/index.ts";'],
  ])("allows in %s: %s", async (file, line) => {
    expect(await importProblems(file, line)).toEqual([]);
  });
});
