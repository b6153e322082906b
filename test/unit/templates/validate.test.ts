import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { templateMetadataSchema } from "../../../engine/contract/index.ts";
import { validateTemplate } from "../../../engine/templates/format/validate.ts";
import { readIcon } from "../../../engine/templates/library/icon.ts";
import { loadFolder } from "../../../engine/templates/library/load-folder.ts";
import { resolveValues } from "../../../engine/templates/run/values.ts";
import { temporaryFolder } from "./support.ts";

const berth = "x-berth: {id: a, title: A}\n";
const one = "services:\n  web:\n    image: nginx:1.27\n";

/** `line:column code` of every finding. */
async function findings(text: string): Promise<string[]> {
  const { findings: found } = await validateTemplate(text, "compose.yaml");
  for (const finding of found) {
    expect(finding.fix).not.toBe("");
    expect(finding.message).not.toBe("");
  }
  return found.map(({ line, column, code }) => `${line}:${column} ${code}`);
}

test.each<[string, string, string]>([
  ["a mistake in YAML", `${berth}services: [\n`, "3:1 yaml_syntax"],
  ["a key twice", `${berth}services: {}\nservices: {}\n`, "3:1 yaml_duplicate_key"],
  [
    "a bomb",
    `a: &a [x,x,x,x,x,x,x,x,x]\n${"bcdefghij".replaceAll(
      /./g,
      (name) =>
        `${name}: &${name} [${Array(9)
          .fill(`*${String.fromCharCode(name.charCodeAt(0) - 1)}`)
          .join(",")}]\n`,
    )}`,
    "6:7 yaml_aliases",
  ],
  ["an alias of itself", "a: &a [*a]\n", "1:7 yaml_aliases"],
  ["nesting without end", "[".repeat(3000), "1:1 yaml_too_deep"],
  ["no block", one, "1:1 no_metadata"],
  ["an id with a path", `${one}x-berth: {id: ../a, title: A}\n`, "4:11 bad_value"],
  ["a key that is misspelt", `${one}    restrat: always\n${berth}`, "4:5 unknown_key"],
  ["a key of x-berth that is misspelt", `${one}x-berth: {id: a, title: A, tagine: b}\n`, "4:28 unknown_key"],
  ["a port that is none", `${one}    ports: ["70000:80"]\n${berth}`, "4:13 bad_port"],
  ["a service that is not there", `${one}    depends_on: [db]\n${berth}`, "4:5 unknown_service"],
  [
    "services that wait for each other",
    `services:\n  a: {image: x:1, depends_on: [b]}\n  b: {image: x:1, depends_on: [a]}\n${berth}`,
    "2:19 dependency_cycle",
  ],
  ["a volume that is not declared", `${one}    volumes: [data:/d]\n${berth}`, "4:15 undeclared_volume"],
  ["a path out of the folder", `${one}    volumes: ["./a/../../b:/b"]\n${berth}`, "4:15 path_escapes"],
  ["a variable that Compose cannot read", `${one}    hostname: "\${A"\n${berth}`, "4:15 bad_interpolation"],
  [
    "a secret with its value",
    `${one}    hostname: "\${P:-hunter2}"\nx-berth: {id: a, title: A, variables: {P: {type: secret}}}\n`,
    "4:15 secret_default",
  ],
  [
    "a choice without its default",
    `${one}x-berth: {id: a, title: A, variables: {P: {type: choice, options: [x], default: y}}}\n`,
    "4:72 bad_variable",
  ],
  [
    "a pattern that is none",
    `${one}x-berth: {id: a, title: A, variables: {P: {type: text, pattern: "("}}}\n`,
    "4:56 bad_variable",
  ],
  ["nothing to run", `services:\n  web: {restart: always}\n${berth}`, "2:3 no_image"],
])("%s", async (_, text, expected) => {
  expect(await findings(text)).toContain(expected);
});

test("a template as it should be has nothing to complain about", async () => {
  const text = `${one}    ports: ["\${PORT:-8080}:80"]\nx-berth:\n  id: a\n  title: A\n  notes: It costs $$5.\n  variables: {PORT: {type: port, default: 8080, service: web, target: 80}}\n`;
  expect(await validateTemplate(text, "compose.yaml")).toMatchObject({ valid: true, id: "a", findings: [] });
});

describe("a folder", () => {
  const folder = temporaryFolder();
  const template = (name: string, files: Record<string, string | Uint8Array>) => {
    const dir = path.join(folder, name);
    mkdirSync(dir);
    for (const [file, content] of Object.entries(files)) writeFileSync(path.join(dir, file), content);
    return dir;
  };

  test("whose Compose file is a link, too large or no text is refused", async () => {
    const linked = template("linked", {});
    symlinkSync("/etc/passwd", path.join(linked, "compose.yaml"));
    await expect(loadFolder(linked, { kind: "own" })).rejects.toThrow("holds no compose.yaml");
    const large = template("large", { "compose.yaml": "#".repeat(10 * 1024 * 1024) });
    await expect(loadFolder(large, { kind: "own" })).rejects.toThrow(/line 1, column 1: .*10240 KiB/);
    const binary = template("binary", { "compose.yaml": Uint8Array.of(97, 10, 98, 0, 255) });
    await expect(loadFolder(binary, { kind: "own" })).rejects.toThrow("line 2, column 2");
  });

  test("shows its icon only when that only draws", async () => {
    const svg = (inner: string) => `<svg xmlns="http://www.w3.org/2000/svg">${inner}</svg>`;
    const dir = template("icons", {
      "good.svg": svg('<use href="#a"/><path d="M0 0"/>'),
      "script.svg": svg("<script>1</script>"),
      "handler.svg": svg('<path onload="x()"/>'),
      "remote.svg": svg('<image href="https://example.com/x.png"/>'),
      "entity.svg": `<!DOCTYPE svg [<!ENTITY a "b">]>${svg("")}`,
      "fake.png": "not a picture",
    });
    expect(await readIcon(dir, "good.svg")).toMatch(/^data:image\/svg\+xml;base64,/);
    for (const name of ["script.svg", "handler.svg", "remote.svg", "entity.svg", "fake.png", "none.svg"]) {
      expect(await readIcon(dir, name), name).toBeNull();
    }
  });
});

describe("values of a run", () => {
  const metadata = templateMetadataSchema.parse({
    id: "a",
    title: "A",
    variables: {
      KEY: { type: "secret", length: 32 },
      TOKEN: { type: "secret", generate: false },
      PORT: { type: "port", default: 8080 },
      NAME: { type: "text", default: "x", pattern: "(a+)+b|x" },
      ON: { type: "boolean", default: false },
      PHP: { type: "choice", options: ["8.3", { value: 8.4, label: "new" }], default: "8.3" },
    },
  });

  test("come from what is given, what was kept, and defaults; secrets are made", () => {
    const first = resolveValues(metadata, { TOKEN: "t", ON: "yes", PHP: "8.4" }, new Map());
    expect(first.variables).toEqual({ NAME: "x", ON: "true", PHP: "8.4" });
    expect(first.ports.get("PORT")).toEqual({ port: 8080, fixed: false, protocol: "tcp" });
    expect(first.secrets["KEY"]).toMatch(/^\w{32}$/);
    expect(resolveValues(metadata, { TOKEN: "t" }, new Map([["KEY", "kept"]])).secrets["KEY"]).toBe("kept");
  });

  test.each<[string, string, RegExp]>([
    ["PORT", "0", /PORT \(it is no port/],
    ["ON", "maybe", /ON \(it is neither/],
    ["PHP", "7", /PHP \(it is none of 8.3, 8.4/],
    ["NAME", "y", /NAME \(it does not fit/],
    ["NAME", "a".repeat(60), /NAME \(it does not fit/],
    ["NO", "1", /NO \(the template has no such variable/],
  ])("%s=%s is refused", (name, value, message) => {
    expect(() => resolveValues(metadata, { TOKEN: "t", [name]: value }, new Map())).toThrow(message);
  });

  test("what only its owner knows is asked for", () => {
    expect(() => resolveValues(metadata, {}, new Map())).toThrow(/TOKEN \(a value is needed\)/);
  });
});
