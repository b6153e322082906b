import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { groupApps } from "../../../engine/apps/grouping.ts";
import { buildRounds, normalImage } from "../../../engine/compose/build-chain.ts";
import { ignoreRules } from "../../../engine/compose/build-context.ts";
import { ComposeDocument, variablesOf } from "../../../engine/compose/compose-document.ts";
import { readDefinition } from "../../../engine/compose/definition.ts";
import { readDockerfile } from "../../../engine/compose/dockerfile.ts";
import { formatEnvFile } from "../../../engine/compose/env-file.ts";
import { composeFailed, problemOf } from "../../../engine/compose/failures.ts";
import { hostFilesOf } from "../../../engine/compose/host-paths.ts";
import { Inventory } from "../../../engine/compose/inventory.ts";
import { GuestLayout } from "../../../engine/compose/layout.ts";
import { ComposeProgress } from "../../../engine/compose/progress.ts";
import { projectNameFrom } from "../../../engine/compose/project-name.ts";
import { ProjectRecords, type ProjectRecord } from "../../../engine/compose/record.ts";
import { resolvedSchema } from "../../../engine/compose/resolved.ts";
import type { ContainerSummary } from "../../../engine/contract/index.ts";
import { MemoryLogger } from "./support/logger.ts";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), "berth-compose-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function files(name: string, content: Record<string, string>): Promise<string> {
  const folder = path.join(root, name);
  for (const [file, text] of Object.entries(content)) {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await writeFile(path.join(folder, file), text);
  }
  return folder;
}

describe("names and places", () => {
  test("a folder's name becomes a project's, as Compose does it", () => {
    expect(projectNameFrom("My Shop (2)")).toBe("myshop2");
    expect(projectNameFrom("_-x")).toBe("x");
    expect(projectNameFrom("!!!")).toBeNull();
  });

  test("paths of this computer have one place in the guest, and back", () => {
    const layout = new GuestLayout("shop", "linux");
    expect(layout.inGuest("/home/you/shop/../lib")).toBe("/data/berth/apps/shop/tree/home/you/lib");
    expect(layout.onHost(layout.inGuest("/home/you/lib"))).toBe("/home/you/lib");
    expect(layout.onHost("/srv/x")).toBeNull();
    expect(layout.asOnHost(`stat ${layout.inGuest("/home/you/a.env")}: gone`)).toBe(
      "stat /home/you/a.env: gone",
    );
    const windows = new GuestLayout("shop", "win32");
    expect(windows.inGuest("C:\\Users\\you")).toBe("/data/berth/apps/shop/tree/c/Users/you");
    expect(windows.onHost(windows.inGuest("C:\\Users\\you"))).toBe("C:\\Users\\you");
  });

  test("values that Compose would change are quoted, others refused", () => {
    expect(formatEnvFile({ A: "x $y", B: "it's $5 \\" })).toBe(`A='x $y'\nB="it's \\$5 \\\\"\n`);
    expect(() => formatEnvFile({ "A B": "x" })).toThrow(/cannot be the name/);
    expect(() => formatEnvFile({ A: "\0" })).toThrow(/zero byte/);
  });
});

describe("reading a project", () => {
  test("finds all that Compose reads, through include, extends and env_file", async () => {
    const folder = await files("refs", {
      "compose.yaml": [
        "include: [sub/more.yaml]",
        "services:",
        "  web:",
        "    image: ${IMAGE:-a} # $$NOT",
        "    env_file: [{ path: a.env }, '${X:-b.env}']",
        "    extends: { file: base.yaml, service: web }",
      ].join("\n"),
      "a.env": "A=$FROM_ENV_FILE",
      "b.env": "",
      "base.yaml": "services: { web: { env_file: c.env } }",
      "c.env": "",
      "sub/more.yaml": "services: { db: { image: b, env_file: d.env } }",
      "sub/d.env": "",
      ".env": "",
    });
    const definition = await readDefinition(folder, [path.join(folder, "compose.yaml")]);
    const names = [...definition.texts.keys()].map((file) => path.relative(folder, file)).sort();
    expect(names).toEqual([
      ".env",
      "a.env",
      "b.env",
      "base.yaml",
      "c.env",
      "compose.yaml",
      "sub/d.env",
      "sub/more.yaml",
    ]);
    expect(definition.services).toEqual(["web"]);
    expect(variablesOf("${A} $B $$C $${D} ${E:?no}")).toEqual(["A", "B", "E"]);
  });

  test("what Compose complains of has a place in the file", () => {
    const document = new ComposeDocument(
      "/p/compose.yaml",
      "services:\n  my.web:\n    imagee: x\n    ports:\n      - 1\n  db:\n    image: y\n    depends_on: [cache]\n",
    );
    const place = (message: string) => {
      const { line, column } = problemOf(message, [document]);
      return [line, column];
    };
    expect(
      place("validating /p/compose.yaml: services.my.web Additional property imagee is not allowed"),
    ).toEqual([3, 5]);
    expect(place("validating /p/compose.yaml: services.my.web.ports.0 must be a string")).toEqual([5, 9]);
    expect(place('service "db" depends on undefined service "cache": invalid compose project')).toEqual([
      8, 5,
    ]);
    expect(place("yaml: line 7: did not find expected key")).toEqual([7, 1]);
    expect(place("something else")).toEqual([null, null]);
    expect(new ComposeDocument("/p/x", "a: [1\nb: 2").problems[0]).toMatchObject({ severity: "error" });
  });

  test("a Dockerfile names what it builds on, with its arguments", () => {
    const text = [
      "# escape=\\",
      "ARG BASE=server",
      "ARG TAG",
      "FROM --platform=linux/amd64 ${BASE}:${TAG:-1} AS build",
      "FROM scratch",
      "COPY --from=build /a /a",
      "COPY --from=tools/jq:1.7 \\",
      "  # a comment between",
      "  /jq /jq",
      "FROM $BASE",
    ].join("\n");
    expect(readDockerfile(text).bases).toEqual(["server:1", "tools/jq:1.7", "server"]);
    expect(readDockerfile(text, { BASE: "other", TAG: "2" }).bases[0]).toBe("other:2");
  });
});

describe("what is copied", () => {
  test("a build leaves out what .dockerignore names and keeps the Dockerfile", async () => {
    const folder = await files("ignore", {
      Dockerfile: "",
      ".dockerignore": "# all\n*\n!src\nsrc/**/*.log\n",
      "src/a.ts": "a",
      "src/deep/b.log": "b",
      "other/c": "c",
    });
    const rules = await ignoreRules(folder, path.join(folder, "Dockerfile"));
    const inventory = new Inventory(new AbortController().signal);
    const entries = await inventory.add(folder, { ...rules, purpose: "the build" });
    const names = entries
      .filter(({ kind }) => kind === "file")
      .map((entry) => path.relative(folder, entry.path));
    expect(names.sort()).toEqual([".dockerignore", "Dockerfile", "src/a.ts"]);
  });

  test("a socket in a context is refused by name", async () => {
    const folder = await files("socket", { a: "a" });
    const server = net.createServer().listen(path.join(folder, "s.sock"));
    try {
      await new Promise((resolve) => server.once("listening", resolve));
      const inventory = new Inventory(new AbortController().signal);
      await expect(inventory.add(folder, { purpose: 'the build of "web"' })).rejects.toThrow(
        /s\.sock is a socket.*the build of "web"/,
      );
    } finally {
      server.close();
    }
  });

  test("every host path is copied, allowed or refused by name", () => {
    const layout = new GuestLayout("shop");
    const service = (volumes: object[], build?: object) =>
      resolvedSchema.parse({
        name: "shop",
        services: { web: { volumes, build } },
        secrets: { s: { file: "/etc/token" } },
      });
    const bind = (source: string) => ({ type: "bind", source, target: "/t" });
    const found = hostFilesOf(
      service(
        [
          bind(layout.inGuest("/p/site")),
          bind("/p/literal"),
          bind("/var/run/docker.sock"),
          { type: "volume", source: "v", target: "/v" },
        ],
        { context: layout.inGuest("/lib"), dockerfile: "D" },
      ),
      "/p",
      layout,
    );
    expect(found.mounts).toEqual(["/p/site", "/p/literal"]);
    expect(found.contexts[0]).toMatchObject({ folder: "/lib", dockerfile: "/lib/D" });
    expect(found.secrets).toEqual(["/etc/token"]);
    expect(found.override).toMatchObject({
      services: { web: { volumes: [{ source: layout.inGuest("/p/literal"), target: "/t" }] } },
      secrets: { s: { file: layout.inGuest("/etc/token") } },
    });
    expect(() => hostFilesOf(service([bind("/home/you"), bind(layout.inGuest("/q"))]), "/p", layout)).toThrow(
      /"web" mounts \/home\/you.*mounts \/q/,
    );
    const bound = resolvedSchema.parse({
      name: "shop",
      services: {},
      volumes: { data: { driver_opts: { type: "none", o: "bind", device: "/srv" } } },
    });
    expect(() => hostFilesOf(bound, "/p", layout)).toThrow(/volume "data" is bound to \/srv/);
  });
});

describe("building", () => {
  test("what others build on comes first, circles last", () => {
    const unit = (service: string, bases: string[]) => ({
      service,
      image: `x/${service}`,
      bases,
      content: "",
    });
    const rounds = buildRounds([
      unit("project", ["x/development"]),
      unit("server", ["debian"]),
      unit("development", ["docker.io/x/server:latest"]),
      unit("a", ["x/b"]),
      unit("b", ["x/a"]),
    ]);
    expect(rounds.map((round) => round.map(({ service }) => service))).toEqual([
      ["server"],
      ["development"],
      ["project"],
      ["a", "b"],
    ]);
    expect(normalImage("docker.io/library/redis")).toBe("redis:latest");
    expect(normalImage("registry:5000/a")).toBe("registry:5000/a:latest");
  });
});

describe("progress and failures", () => {
  test("Compose's plain lines become the state of each service", () => {
    const progress = new ComposeProgress(
      ["web", "db"],
      (id) => /^shop-(.+)-\d+$/.exec(id)?.[1] ?? null,
      "up",
    );
    const lines = [
      "#7 [web 2/4] RUN make",
      " db Pulling ",
      " 3a1 Downloading [==>  ]  1MB/2MB",
      " db Pulled ",
      " Network shop_default  Creating",
      " Container shop-db-1  Started",
      " Container shop-web-1  Waiting",
    ];
    for (const line of lines) progress.add(line);
    expect(progress.state()).toMatchObject({
      detail: "web: waiting",
      parts: [
        { id: "web", detail: "Waiting", progress: 0.8 },
        { id: "db", detail: "Started", progress: 1 },
      ],
    });
  });

  test("failures say what went wrong and what to do", () => {
    const full = composeFailed("Starting shop", [
      "Error response from daemon: write /x: no space left on device",
    ]);
    expect(full.code).toBe("disk_full");
    const build = composeFailed("Building web", [
      "#8 0.2 cc: not found",
      'failed to solve: process "/bin/sh -c make" did not complete successfully: exit code: 2',
    ]);
    expect(build).toMatchObject({ code: "build_failed", hint: "The step's last output: cc: not found" });
    const gone = composeFailed("Stopping", [
      "Cannot connect to the Docker daemon at unix:///run/docker.sock.",
    ]);
    expect(gone.code).toBe("docker_connection_lost");
  });
});

describe("apps", () => {
  const container = (name: string, more: Partial<ContainerSummary>): ContainerSummary => ({
    id: name,
    name,
    image: "i",
    imageId: "sha256:1",
    command: "",
    createdAt: "2026-01-01T00:00:00.000Z",
    startedAt: "2026-01-01T00:00:00.000Z",
    finishedAt: null,
    state: "running",
    exitCode: null,
    health: null,
    ports: [],
    project: "shop",
    service: name,
    autoRemove: false,
    labels: {},
    ...more,
  });
  const record = (more: Partial<ProjectRecord>): ProjectRecord => ({
    version: 1,
    name: "shop",
    kind: "folder",
    folder: "/p",
    template: null,
    variables: {},
    secrets: [],
    services: [],
    scale: {},
    ports: [],
    builds: {},
    pending: null,
    ...more,
  });
  const never = () => false;

  test("a finished job does not make an app less than running, a failed one does", () => {
    const job = (exitCode: number) => container("job", { state: "exited", exitCode });
    expect(groupApps([container("web", {}), job(0)], [], never)[0]).toMatchObject({ state: "running" });
    expect(groupApps([container("web", {}), job(1)], [], never)[0]).toMatchObject({ state: "partial" });
    expect(groupApps([job(1)], [], never)[0]).toMatchObject({ state: "failed" });
    expect(groupApps([job(143)], [], never)[0]).toMatchObject({ state: "stopped" });
  });

  test("known services that were not created are listed; worst health counts; single containers are apps", () => {
    const apps = groupApps(
      [
        container("web", { health: "healthy" }),
        container("db", { health: "unhealthy" }),
        container("solo", { project: null, service: null, state: "paused" }),
      ],
      [record({ services: [{ name: "mail", image: "m", builds: true }] })],
      never,
    );
    expect(apps.find(({ name }) => name === "shop")).toMatchObject({
      state: "partial",
      health: "unhealthy",
      services: [{ name: "db" }, { name: "mail", state: "absent", builds: true }, { name: "web" }],
      source: { kind: "folder", folder: "/p" },
    });
    expect(apps.find(({ name }) => name === "solo")).toMatchObject({ kind: "container", state: "paused" });
    const cut = record({ pending: "Starting shop" });
    expect(groupApps([], [cut], never)[0]?.problem).toMatch(/cut short/);
    expect(groupApps([], [cut], () => true)[0]?.problem).toBeNull();
  });

  test("records survive a restart, a damaged one does not hide the others, secrets are never in them", async () => {
    const home = path.join(root, "home");
    const records = await ProjectRecords.open(home, new MemoryLogger());
    await records.put(record({ secrets: ["PASSWORD"] }));
    await files("home/apps/bad", { "record.json": "{" });
    const again = await ProjectRecords.open(home, new MemoryLogger());
    expect(again.all()).toEqual([record({ secrets: ["PASSWORD"] })]);
    await expect(again.writeFiles("shop", new Map([["../x", "y"]]))).rejects.toThrow(/no name of a file/);
  });
});
