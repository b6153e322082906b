import { readFile } from "node:fs/promises";
import path from "node:path";
import prettier from "prettier";
import { expect, test } from "vitest";
import { z } from "zod";
import { statusSchema } from "../../../engine/contract/index.ts";
import { runningStatus } from "./fake-engine.ts";

const file = path.join(import.meta.dirname, "../../../resources/schemas/status.schema.json");

/** `npx vitest run status-schema --update` writes the file anew after a change of the contract. */
test("the published JSON Schema of `berth status --json` is the contract's", async () => {
  const schema = {
    ...z.toJSONSchema(statusSchema),
    $id: "status.schema.json",
    title: "What berth status --json prints",
  };
  const text = await prettier.format(JSON.stringify(schema), { parser: "json", printWidth: 110 });
  await expect(text).toMatchFileSnapshot(file);
});

test("the published schema tells a status from something else", async () => {
  const published = z.fromJSONSchema(JSON.parse(await readFile(file, "utf8")) as Record<string, unknown>);
  expect(published.safeParse(runningStatus()).success).toBe(true);
  expect(published.safeParse({ ...runningStatus(), state: "sleeping" }).success).toBe(false);
  expect(published.safeParse({ ...runningStatus(), docker: {} }).success).toBe(false);
});
