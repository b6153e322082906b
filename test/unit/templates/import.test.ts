import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { importTemplates, readImportSource } from "../../../engine/templates/import/import.ts";
import { parseTolerantYaml } from "../../../engine/templates/import/tolerant-yaml.ts";
import { composeConfig, composeProgram, temporaryFolder, unreachable } from "./support.ts";

const folder = temporaryFolder();
const program = composeProgram();
const options = { fetcher: unreachable, values: true, remove: () => Promise.resolve() };
let count = 0;

const servicesSchema = z.object({
  services: z.record(z.string(), z.record(z.string(), z.unknown())),
  "x-berth": z.record(z.string(), z.unknown()),
});

async function importText(name: string, text: string) {
  count += 1;
  const parent = path.join(folder, String(count));
  const { templates } = await importTemplates({ text, name, folder: null }, parent, options);
  return templates.map((template) => {
    const file = path.join(template.dir, "compose.yaml");
    if (program !== null) expect(composeConfig(program, file)).toMatchObject({ ok: true });
    const written = readFileSync(file, "utf8");
    const values = template.valuesFile === null ? "" : readFileSync(template.valuesFile, "utf8");
    return { ...template, written, values, data: servicesSchema.parse(parse(written, { merge: true })) };
  });
}

async function importOne(name: string, text: string) {
  const [template] = await importText(name, text);
  if (template === undefined) throw new Error("Nothing was imported.");
  return template;
}

describe("Panamax", () => {
  test("takes every spelling of every field", async () => {
    const { data, warnings, written, values } = await importOne(
      "all.pmx",
      `name: All
authors: [A, B]
keywords: [x, y]
recommended: true
documentation: "Log in with hunter2-Secret"
images:
- name: Web App
  source: org/web:1
  ports: ["8080:80", {host_interface: 127.0.0.1, host_port: 53, container_port: 53, proto: UDP}, {container_port: 90}]
  expose: 9000
  links: ["DB:db_1"]
  environment: {DB_PASSWORD: hunter2-Secret, FLAG: yes, PRICE: $5}
  volumes: ["/cache", {host_path: /srv, container_path: /s}]
  volumes_from: [DB]
  command: "run 'two words'"
  deployment: {count: '2'}
  color: red
- name: DB
  source: postgres:9
  environment: ["POSTGRES_PASSWORD=hunter2-Secret", "DEBUG=1"]
  volumes_from: [{service: nobody}]
`,
    );
    expect(data["x-berth"]).toMatchObject({
      maintainers: ["A", "B"],
      keywords: ["x", "y"],
      recommended: true,
    });
    expect(data.services["web-app"]).toMatchObject({
      image: "org/web:1",
      command: ["run", "two words"],
      deploy: { replicas: 2 },
      expose: ["9000"],
      volumes_from: ["db"],
      depends_on: ["db"],
      volumes: ["web-app-cache:/cache", "/srv:/s"],
      environment: {
        DB_PASSWORD: "${DB_PASSWORD}",
        FLAG: "yes",
        PRICE: "$$5",
        DB_1_PORT_5432_TCP_ADDR: "db",
        DB_1_ENV_POSTGRES_PASSWORD: "${DB_PASSWORD}",
      },
    });
    expect(data.services["db"]).toMatchObject({ networks: { default: { aliases: ["db_1"] } } });
    expect(written).not.toContain("hunter2-Secret");
    expect(values).toBe("DB_PASSWORD=hunter2-Secret\n");
    const fields = warnings.map(({ service, field }) => `${service ?? "-"} ${field}`);
    expect(fields).toEqual(
      expect.arrayContaining(["- documentation", "web-app color", "db volumes_from", "web-app deployment"]),
    );
  });

  test("links in a circle and aliases that mean two things lose nothing but the order", async () => {
    const image = (name: string, links: string[]) =>
      `- {name: ${name}, source: "x:1", expose: ["1"], links: [${links.join(", ")}]}\n`;
    const { data, warnings } = await importOne(
      "circle.pmx",
      `name: Circle\nimages:\n${image("a", ['"b:peer"'])}${image("b", ['"c:peer"'])}${image("c", ['"a:first"'])}`,
    );
    expect(data.services["a"]).toMatchObject({ depends_on: ["b"], links: ["b:peer"] });
    expect(data.services["c"]).not.toHaveProperty("depends_on");
    expect(warnings).toContainEqual(expect.objectContaining({ service: "c", field: "links" }));
  });
});

describe("tolerant reading", () => {
  const read = (text: string): unknown => parseTolerantYaml(text, "x").file.documents[0]?.toJS();

  test.each<[string, string, unknown]>([
    ["a quoted text that goes on at the margin", "a: 'one\ntwo'\nb: 1", { a: "one two", b: 1 }],
    ["the same in double quotes", 'l:\n- a: "one\n\ntwo"\n- b', { l: [{ a: "one\ntwo" }, "b"] }],
    ["a list in brackets that goes on at the margin", "m:\n  a: [1,\n2]\n", { m: { a: [1, 2] } }],
    ["tabs as indentation", "a:\n\tb: 1\n\tc: 2", { a: { b: 1, c: 2 } }],
    ["a key that comes twice", "a: 1\na: 2", { a: 2 }],
    ["a text with a colon", "a: b: c\nd: 1", { a: "b: c", d: 1 }],
    ["a text that begins with a reserved sign", "a: @home\nb: `x`", { a: "@home", b: "`x`" }],
    ["a byte order mark", "\ufeffa: 1", { a: 1 }],
    ["an escape that YAML does not know", 'a: "\\d"', { a: "\\d" }],
    ["block text that looks like a quote", "a: |\n  'not closed\nb: 1", { a: "'not closed\n", b: 1 }],
  ])("%s", (_, text, expected) => {
    expect(read(text)).toEqual(expected);
  });
});

describe("Compose", () => {
  test("one secret is one variable wherever it stands; what is no secret stays", async () => {
    const { data, values, written } = await importOne(
      "shop.yaml",
      `x-env: &env
  DB_PASSWORD: pa$$s-W0rd!  # the password is pa$$s-W0rd!
services:
  web:
    image: shop:1
    environment: {<<: *env, URL: "mysql://root:pa$$s-W0rd!@db/x", ALLOW_EMPTY_PASSWORD: "yes", PASSWORD_FILE: /run/secrets/p, TZ: "\${TZ}"}
    ports: ["3000-3001:3000-3001", "127.0.0.1:\${ADMIN:-9000}:9000", 8443]
    command: npm run "a b"
  db:
    image: mysql:8
    command: ["--init", "echo pa$$s-W0rd!"]
    environment: ["TOKEN=\${TOKEN:-abcd1234efgh}"]
    ports: [{target: 3306, published: 3306}]
`,
    );
    expect(values).toBe("DB_PASSWORD='pa$s-W0rd!'\nTOKEN=abcd1234efgh\n");
    expect(written).not.toMatch(/s-W0rd|abcd1234/);
    expect(data.services["web"]).toMatchObject({
      command: ["npm", "run", "a b"],
      ports: [
        "${WEB_PORT_3000:-3000}:3000",
        "${WEB_PORT_3001:-3001}:3001",
        "127.0.0.1:${ADMIN:-9000}:9000",
        8443,
      ],
      environment: { URL: "mysql://root:${DB_PASSWORD}@db/x", ALLOW_EMPTY_PASSWORD: "yes" },
    });
    expect(data["x-berth"]["variables"]).toMatchObject({
      DB_PASSWORD: { type: "secret" },
      TOKEN: { type: "secret" },
      ADMIN: { type: "port", default: 9000, service: "web", target: 9000 },
      DB_PORT_3306: { type: "port", default: 3306 },
      TZ: { type: "text" },
    });
  });

  test("takes along what the file needs, and no links, keys or secrets", async () => {
    const project = path.join(folder, "project");
    mkdirSync(path.join(project, "conf"), { recursive: true });
    writeFileSync(path.join(project, "conf", "a.conf"), "a");
    writeFileSync(path.join(project, "conf", "tls.key"), "key");
    symlinkSync("/etc/passwd", path.join(project, "conf", "link"));
    writeFileSync(
      path.join(project, "more.yaml"),
      "services: {base: {image: x:1, environment: {API_KEY: qwertz12345}}}",
    );
    writeFileSync(path.join(project, "app.env"), "MODE=a\nAPP_SECRET='s3cr3t value'\n");
    writeFileSync(path.join(project, ".env"), "TAG=1.2\nDB_PASSWORD=from-dot-env1\n");
    writeFileSync(
      path.join(project, "compose.yaml"),
      "services:\n  app:\n    extends: {file: more.yaml, service: base}\n    image: app:${TAG}\n    env_file: app.env\n" +
        "    environment: {P: '${DB_PASSWORD}'}\n    volumes: ['./conf:/c', '../out:/o', './gone:/g']\n",
    );
    const out = path.join(folder, "out");
    const source = await readImportSource(path.join(project, "compose.yaml"));
    const { templates } = await importTemplates(source, out, options);
    const [template] = templates;
    const dir = template?.dir ?? "";
    const files = (await readdir(dir, { recursive: true })).sort();
    expect(files).toEqual(["app.env", "compose.yaml", "conf", "conf/a.conf", "more.yaml"]);
    expect(readFileSync(path.join(dir, "app.env"), "utf8")).toBe("MODE=a\nAPP_SECRET=${APP_SECRET}\n");
    expect(readFileSync(path.join(dir, "more.yaml"), "utf8")).toContain('"${API_KEY}"');
    expect(readFileSync(template?.valuesFile ?? "", "utf8")).toContain("DB_PASSWORD=from-dot-env1\n");
    expect(template?.warnings.map(({ message }) => message)).toEqual(
      expect.arrayContaining([
        expect.stringContaining('"../out"'),
        expect.stringContaining('"./gone"'),
        expect.stringContaining("symbolic link"),
      ]),
    );
  });

  test("a file of the first format becomes one of today", async () => {
    const { data } = await importOne(
      "old.yml",
      "web:\n  image: x:1\n  links: [db]\n  net: bridge\ndb:\n  image: y:1\n  volumes: ['d:/d', 'data:/x']\n",
    );
    expect(Object.keys(data.services)).toEqual(["web", "db"]);
    expect(data.services["web"]).toMatchObject({ network_mode: "bridge" });
  });
});

test("Portainer: both versions, with everything a container can have", async () => {
  const container = {
    title: "Thing",
    note: "Use <b>admin</b> <script>x</script>",
    image: "thing:1",
    registry: "quay.io/me",
    command: "serve --console ':9001'",
    ports: ["8080:80/tcp", "53/udp"],
    volumes: [{ container: "/d" }, { container: "/s", bind: "/srv", readonly: true }, "/v1"],
    labels: [{ name: "a.b", value: "c" }],
    privileged: true,
    interactive: true,
    hostname: "h",
    network: "host",
    restart_policy: "unless-stopped",
    env: [
      {
        name: "MODE",
        label: "Mode",
        select: [
          { text: "Fast", value: "f", default: true },
          { text: "Slow", value: "s" },
        ],
      },
      { name: "FIXED", default: "1", preset: true },
      { name: "OLD", set: "2" },
      { name: "ADMIN_PASSWORD", default: "initial99" },
    ],
    shiny: 1,
  };
  const second = await importOne(
    "v2.json",
    JSON.stringify({ version: "2", templates: [{ type: 1, ...container }] }),
  );
  expect(second.data.services["thing"]).toMatchObject({
    image: "quay.io/me/thing:1",
    command: ["serve", "--console", ":9001"],
    ports: ["${THING_PORT_80:-8080}:80", "53/udp"],
    volumes: ["thing-d:/d", "/srv:/s:ro", "thing-v1:/v1"],
    labels: { "a.b": "c" },
    privileged: true,
    tty: true,
    hostname: "h",
    network_mode: "host",
    restart: "unless-stopped",
    environment: { MODE: "${MODE:-f}", FIXED: "1", OLD: "2", ADMIN_PASSWORD: "${ADMIN_PASSWORD}" },
  });
  expect(second.data["x-berth"]).toMatchObject({
    notes: "Use **admin**",
    variables: { MODE: { type: "choice", default: "f" } },
  });
  expect(second.values).toBe("ADMIN_PASSWORD=initial99\n");
  expect(second.warnings).toContainEqual(expect.objectContaining({ field: "shiny" }));
  const first = await importOne("v1.json", JSON.stringify([{ ...container, type: "container" }]));
  expect(first.data.services).toEqual(second.data.services);
});

test("docker run lines become one template with links, names and what is lost", async () => {
  const { data, warnings, services } = await importOne(
    "run.txt",
    `# my things
$ docker run -d --name=store -eTOKEN=abcdEFGH1234 -v data:/d store:1
docker pull x && sudo docker run -itd --name front -p 80:80 -p53:53/udp --link store:db \\
  --restart=on-failure:3 --health-cmd 'curl -f x' --mount type=tmpfs,target=/t --weird web:2 sh -c "echo $HOME"`,
  );
  expect(services).toBe(2);
  expect(data.services["front"]).toMatchObject({
    image: "web:2",
    command: ["sh", "-c", "echo $$HOME"],
    ports: ["${FRONT_PORT_80:-80}:80", "${FRONT_PORT_53:-53}:53/udp"],
    depends_on: ["store"],
    restart: "on-failure:3",
    healthcheck: { test: ["CMD-SHELL", "curl -f x"] },
  });
  expect(data.services["store"]).toMatchObject({
    environment: { TOKEN: "${TOKEN}" },
    networks: { default: { aliases: ["db"] } },
  });
  expect(warnings.map(({ field }) => field)).toEqual(expect.arrayContaining(["--weird"]));
});

test("a taken id gets a suffix, and a refused file leaves nothing", async () => {
  const parent = path.join(folder, "same");
  const source = { text: "services: {a: {image: x:1}}", name: "app.yaml", folder: null };
  for (const id of ["app", "app-2", "app-3"]) {
    const { templates } = await importTemplates(source, parent, options);
    expect(templates[0]?.id).toBe(id);
  }
  for (const [name, text] of [
    ["a.pmx", "images: []"],
    ["b.json", "{"],
    ["c.yaml", "services: [\n"],
    ["d.yaml", "a: &a [*a]"],
    ["e.txt", "docker run -d"],
    ["f.yaml", ""],
  ] as const) {
    await expect(importTemplates({ text, name, folder: null }, parent, options)).rejects.toThrow(
      /line \d+, column \d+/,
    );
  }
  expect(await readdir(parent)).toEqual(["app", "app-2", "app-3"]);
});
