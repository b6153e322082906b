import { describe, expect, it } from "vitest";
import type { TemplateService } from "../../../engine/contract/index.ts";
import { parseMarkdown } from "../../../renderer/formats/markdown.ts";
import {
  failureParts,
  fieldsOf,
  givenOf,
  wrongValuesOf,
} from "../../../renderer/pages/templates/run-form.ts";
import { layersOf } from "../../../renderer/pages/templates/service-layers.ts";
import { initialsOf, shelvesOf } from "../../../renderer/pages/templates/template-list.ts";

describe("markdown of strangers", () => {
  it("keeps no markup, script or picture, and only links that may be opened", () => {
    const drawn = JSON.stringify(
      parseMarkdown(
        [
          "# Hello <script>alert(1)</script>",
          "<img src=x onerror=alert(2)><b>bold</b>",
          "",
          "[docs](https://docs.docker.com/x) [bad](javascript:alert(3)) [out](https://example.com/a)",
          "![tracker](https://example.com/p.png)",
          "<style>body{display:none}</style>",
        ].join("\n"),
      ),
    );
    expect(drawn).not.toMatch(/<|onerror|javascript|p\.png|display/);
    expect(drawn.match(/"href":"[^"]*"/g)).toEqual(['"href":"https://docs.docker.com/x"']);
    expect(drawn).toContain("out");
    expect(drawn).toContain("(https://example.com/a)");
    expect(drawn).toContain("tracker");
  });

  it("reads lists, tables and code", () => {
    const nodes = parseMarkdown(
      "3. a\n4. b\n\n| x | y |\n| - | - |\n| 1 | 2 |\n\n```\nls &amp; <b>\n```\n\nA &amp; B",
    );
    expect(nodes.map(({ kind }) => kind)).toEqual(["list", "table", "block", "paragraph"]);
    expect(nodes[0]).toMatchObject({ start: 3 });
    expect(nodes[2]).toEqual({ kind: "block", text: "ls &amp; <b>" });
    expect(nodes[3]).toEqual({ kind: "paragraph", children: [{ kind: "text", text: "A & B" }] });
  });
});

describe("the form of a run", () => {
  const metadata = {
    id: "shop",
    title: "Shop",
    variables: {
      NAME: { type: "text", default: "harbour" },
      PORT: { type: "port", default: 8080 },
      PASSWORD: { type: "secret" },
      DEBUG: { type: "boolean" },
    },
  } as const;

  it("sends what was given, and leaves the rest to the engine", () => {
    const fields = fieldsOf(metadata);
    expect(givenOf(fields)).toEqual({ DEBUG: "false" });
    const typed = fields.map((field) => (field.name === "NAME" ? { ...field, value: "" } : field));
    expect(givenOf(typed)).toEqual({ NAME: "", DEBUG: "false" });
  });

  it("tells at which field the engine refused what", () => {
    const refusal = { data: { code: "bad_values", details: { values: { NAME: "it is too long" } } } };
    expect(wrongValuesOf(refusal)).toEqual({ NAME: "It is too long." });
    expect(wrongValuesOf(new Error("no"))).toBeNull();
  });

  it("parts a failure from the log of its service", () => {
    expect(failureParts('"web" did not come up. It said last: a\nb')).toEqual({
      reason: '"web" did not come up.',
      log: "a\nb",
    });
    expect(failureParts("No such image.")).toEqual({ reason: "No such image.", log: "" });
  });
});

it("stands services right of those that need them, also in circles", () => {
  const service = (name: string, ...dependsOn: string[]): TemplateService => ({
    name,
    image: null,
    builds: false,
    dependsOn,
    networks: [],
    volumes: [],
    ports: [],
    replicas: null,
    healthcheck: false,
  });
  const names = (services: TemplateService[]) =>
    layersOf(services).map((layer) => layer.map(({ name }) => name));
  expect(names([service("db"), service("web", "api", "db"), service("api", "db")])).toEqual([
    ["web"],
    ["api"],
    ["db"],
  ]);
  expect(
    names([service("a", "b"), service("b", "a"), service("c", "gone")])
      .flat()
      .sort(),
  ).toEqual(["a", "b", "c"]);
});

it("draws cards in rows, with letters where there is no icon", () => {
  expect(shelvesOf([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
  expect([initialsOf("Harbour master"), initialsOf("Redis"), initialsOf("…")]).toEqual(["HM", "RE", "?"]);
});
