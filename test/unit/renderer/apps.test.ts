import { describe, expect, test } from "vitest";
import { CompletionContext } from "@codemirror/autocomplete";
import { EditorState } from "@codemirror/state";
import type { App, AppService, ContainerSample } from "../../../engine/contract/index.ts";
import { filterCounts, rowsOf, viewOf } from "../../../renderer/pages/apps/app-list.ts";
import { actionsOf } from "../../../renderer/pages/apps/app-state.ts";
import { combined } from "../../../renderer/pages/apps/app-use.ts";
import { completeCompose } from "../../../renderer/pages/apps/editor/completion.ts";
import { problemsIn, rangeOf } from "../../../renderer/pages/apps/editor/problems.ts";
import { contextAt } from "../../../renderer/pages/apps/editor/yaml-context.ts";

function service(name: string, state: AppService["state"] = "running"): AppService {
  return { name, image: `${name}:1`, builds: false, state, health: null, containers: [`${name}-id`] };
}

function app(name: string, more: Partial<App> = {}): App {
  return {
    id: `project:${name}`,
    kind: "project",
    name,
    state: "running",
    health: null,
    startedAt: null,
    services: [service("web"), service("db")],
    ports: [],
    source: { kind: "folder", folder: `/p/${name}` },
    template: null,
    problem: null,
    ...more,
  };
}

describe("the list of apps", () => {
  const view = { search: "", filter: "all", sort: "name", descending: false } as const;

  test("searches services, images and folders, and unfolds what only a service fits", () => {
    const apps = [app("shop"), app("blog", { services: [service("engine")] })];
    expect(viewOf(apps, { ...view, search: "db:1" }).map(({ name }) => name)).toEqual(["shop"]);
    expect(viewOf(apps, { ...view, search: "/p/bl" }).map(({ name }) => name)).toEqual(["blog"]);
    const rows = rowsOf(apps, new Set(["project:blog"]), "");
    expect(rows.map(({ id }) => id)).toEqual(["project:shop", "project:blog", "project:blog/engine"]);
    expect(rowsOf([app("shop")], new Set(), "db")).toHaveLength(3);
  });

  test("counts what each filter shows", () => {
    const apps = [app("a"), app("b", { state: "failed" }), app("c", { state: "absent" })];
    expect(filterCounts(apps)).toEqual({ all: 3, running: 1, stopped: 2, attention: 1 });
  });

  test("offers what is possible", () => {
    expect(actionsOf(app("a"))[0]).toBe("stop");
    expect(actionsOf(app("a", { state: "absent" }))[0]).toBe("up");
    const foreign = app("a", { source: { kind: "elsewhere", folder: null } });
    expect(actionsOf(foreign)).not.toContain("edit");
    expect(actionsOf(foreign)).toContain("down");
  });

  test("adds up what containers use, aligned at the newest", () => {
    const sample = (cpuPercent: number, memoryBytes: number) =>
      ({ id: "x", at: "", cpuPercent, memoryBytes }) as ContainerSample;
    const sums = combined([[sample(1, 10), sample(2, 20)], [sample(5, 5)], []]);
    expect(sums.map(({ cpuPercent, memoryBytes }) => [cpuPercent, memoryBytes])).toEqual([[7, 25]]);
  });
});

describe("the Compose editor", () => {
  const at = (text: string) => {
    const [before = "", after = ""] = text.split("|");
    const lines = `${before}${after}`.split("\n");
    const line = before.split("\n").length - 1;
    return contextAt(lines, line, before.split("\n").at(-1)?.length ?? 0);
  };
  const complete = (text: string) => {
    const pos = text.indexOf("|");
    const state = EditorState.create({ doc: text.replace("|", "") });
    return completeCompose(new CompletionContext(state, pos, true))?.options.map(({ label }) => label) ?? [];
  };

  test("knows where the cursor stands, in lists too", () => {
    expect(at("services:\n  web:\n    ima|")).toMatchObject({ path: ["services", "web"], kind: "key" });
    expect(at("services:\n  web:\n    restart: un|")).toMatchObject({
      path: ["services", "web", "restart"],
      kind: "value",
    });
    expect(at("services:\n  web:\n    volumes:\n      - type: bind\n        so|")).toMatchObject({
      path: ["services", "web", "volumes", "[]"],
    });
    expect(at("services:\n  web:\n    volumes:\n    - |")).toMatchObject({
      path: ["services", "web", "volumes", "[]"],
      item: true,
    });
    expect(at("services:\n  web:\n\n  d|")).toMatchObject({ path: ["services"] });
    expect(at("# ser|")).toBeNull();
  });

  test("completes keys, words and names", () => {
    expect(complete("ser|")).toContain("services");
    expect(complete("services:\n  web:\n    |")).toEqual(expect.arrayContaining(["image", "healthcheck"]));
    expect(complete("services:\n  web:\n    healthcheck:\n      |")).toEqual(
      expect.arrayContaining(["interval"]),
    );
    expect(complete("services:\n  web:\n    tty: |")).toEqual(expect.arrayContaining(["true", "false"]));
    const names = complete("services:\n  web:\n    depends_on:\n      - |\n  db:\n    image: x\n");
    expect(names).toContain("db");
    expect(names).not.toContain("web");
  });

  test("tells unknown keys and broken YAML at once, and lets extensions be", () => {
    const text = "x-own: { a: 1 }\nservices:\n  web:\n    imagee: y\n    labels: { any: thing }\n";
    expect(problemsIn(text)).toEqual([
      {
        from: text.indexOf("imagee"),
        to: text.indexOf("imagee") + 6,
        severity: "warning",
        message: expect.stringContaining("imagee") as string,
      },
    ]);
    expect(problemsIn("a: [1\nb: 2")[0]).toMatchObject({ severity: "error" });
    expect(rangeOf("a:\n  bc: 1\n", 2, 3)).toEqual({ from: 5, to: 7 });
    expect(rangeOf("a", 9, 9)).toEqual({ from: 1, to: 1 });
  });
});
