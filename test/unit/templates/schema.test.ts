import { readFile } from "node:fs/promises";
import path from "node:path";
import prettier from "prettier";
import { expect, test } from "vitest";
import { z } from "zod";
import { TEMPLATE_FORMAT, templateMetadataSchema } from "../../../engine/contract/index.ts";

const file = path.join(
  import.meta.dirname,
  `../../../resources/schemas/template-${TEMPLATE_FORMAT}.schema.json`,
);

/** `npx vitest run templates/schema --update` writes the file anew after a change of the format. */
test("the published JSON Schema of x-berth is the one that templates are read with", async () => {
  const schema = {
    ...z.toJSONSchema(templateMetadataSchema, { io: "input" }),
    $id: path.basename(file),
    title: "Berth's part of a template: x-berth in its Compose file",
  };
  const text = await prettier.format(JSON.stringify(schema), { parser: "json", printWidth: 110 });
  await expect(text).toMatchFileSnapshot(file);
});

test("the published schema tells a template's block from something else", async () => {
  const published = z.fromJSONSchema(JSON.parse(await readFile(file, "utf8")) as Record<string, unknown>);
  const variables = { HTTP_PORT: { type: "port", default: 8080 }, KEY: { type: "secret", length: 24 } };
  expect(published.safeParse({ id: "web", title: "Web", variables }).success).toBe(true);
  expect(published.safeParse({ id: "../web", title: "Web" }).success).toBe(false);
  expect(
    published.safeParse({ id: "web", title: "Web", variables: { A: { type: "port", default: 0 } } }).success,
  ).toBe(false);
  expect(published.safeParse({ id: "web" }).success).toBe(false);
});
