import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { App } from "../../engine/contract/index.ts";
import { freePort } from "../e2e/support/free-port.ts";
import { type LocalEngine, localEngineProblem, startLocalEngine } from "../support/local-engine/index.ts";
import { ended } from "./support/activity.ts";

const problem = localEngineProblem();

describe.skipIf(problem !== null)(`apps${problem === null ? "" : ` (skipped: ${problem})`}`, () => {
  let engine: LocalEngine;
  let root: string;

  beforeAll(async () => {
    engine = await startLocalEngine();
    root = await mkdtemp(path.join(os.tmpdir(), "berth-apps-"));
  });
  afterAll(async () => {
    await engine.stop();
    await rm(root, { recursive: true, force: true });
  });

  /** Makes a project folder of files. */
  async function folder(name: string, files: Record<string, string>): Promise<string> {
    const made = path.join(root, name);
    for (const [file, text] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(made, file)), { recursive: true });
      await writeFile(path.join(made, file), text);
    }
    return made;
  }

  async function app(name: string): Promise<App | undefined> {
    return (await engine.client.apps.list()).find((one) => one.name === name);
  }

  async function up(request: Parameters<LocalEngine["client"]["apps"]["up"]>[0]): Promise<string> {
    const { activity, name } = await engine.client.apps.up(request);
    await ended(engine.client, activity);
    return name;
  }

  async function page(port: number): Promise<string> {
    return (await fetch(`http://127.0.0.1:${port}/`)).text();
  }

  it("runs a Compose folder with mounts, secrets and variables, and takes it down", async () => {
    const port = await freePort();
    const dir = await folder("shop", {
      "compose.yaml": [
        "services:",
        "  web:",
        "    image: berth/welcome",
        "    stop_grace_period: 0s",
        "    command: httpd -f -p 80 -h /site",
        "    environment: { GREETING: '${GREETING:?say hello}' }",
        '    ports: ["${PORT}:80"]',
        "    volumes: ['./site:/site:ro', 'data:/data']",
        "    secrets: [token]",
        "    depends_on: [worker]",
        "  worker:",
        "    image: berth/welcome",
        "    command: sleep 1000",
        "    stop_grace_period: 0s",
        "secrets: { token: { file: ../token.txt } }",
        "volumes: { data: {} }",
      ].join("\n"),
      "site/index.html": "first",
      "../token.txt": "s3cret",
    });
    const greeting = `it's "quoted" \\ $HOME`;
    const variables = [
      { name: "GREETING", value: greeting },
      { name: "PORT", value: String(port) },
    ];
    expect(await up({ folder: dir, variables })).toBe("shop");

    await expect.poll(() => app("shop")).toMatchObject({ state: "running", source: { folder: dir } });
    await expect.poll(() => page(port)).toBe("first");
    const container = await engine.docker.getContainer("shop-web-1").inspect();
    expect(container.Config.Env).toContain(`GREETING=${greeting}`);
    expect((await engine.exec(["docker", "exec", "shop-web-1", "cat", "/run/secrets/token"])).stdout).toBe(
      "s3cret",
    );

    // The same project again: only what changed is copied, into the mount as it is.
    await writeFile(path.join(dir, "site/index.html"), "second");
    await up({ name: "shop" });
    expect(await page(port)).toBe("second");
    expect((await engine.docker.getContainer("shop-web-1").inspect()).Id).toBe(container.Id);

    const stopping = await engine.client.apps.stop({ name: "shop", services: ["worker"] });
    await ended(engine.client, stopping.activity);
    await expect.poll(() => app("shop")).toMatchObject({ state: "partial" });

    const down = await engine.client.apps.down({ name: "shop", volumes: true });
    await ended(engine.client, down.activity);
    await expect
      .poll(() => app("shop"))
      .toMatchObject({ state: "absent", services: [{ name: "web" }, { name: "worker" }] });
    expect((await engine.docker.listVolumes()).Volumes.map(({ Name }) => Name)).not.toContain("shop_data");

    const gone = await engine.client.apps.down({ name: "shop", forget: true });
    await ended(engine.client, gone.activity);
    await expect.poll(() => app("shop")).toBeUndefined();
  });

  it("refuses other host folders by name and changes nothing", async () => {
    const dir = await folder("outside", {
      "compose.yaml":
        "services: { web: { image: berth/welcome, volumes: ['/srv/photos:/p', '../there:/t'] } }",
    });
    const failing = up({ folder: dir });
    await expect(failing).rejects.toThrow(
      /service "web" mounts \/srv\/photos.*service "web" mounts .*\/there/,
    );
    expect(await engine.docker.listContainers({ all: true })).toEqual([]);
  });

  it("says line and column of what is wrong in a Compose file", async () => {
    const broken = await folder("broken", {
      "compose.yaml": "services:\n  web:\n    image: [berth\n    ports: 3\n",
    });
    await expect(up({ folder: broken })).rejects.toThrow(/compose\.yaml, line \d+, column \d+/);
    const unknown = await folder("unknown", {
      "compose.yaml": "services:\n  web:\n    imagee: berth/welcome\n",
    });
    await expect(up({ folder: unknown })).rejects.toThrow(/compose\.yaml, line 3, column 5: .*imagee/);
    const lost = await folder("lost", {
      "compose.yaml": "services:\n  web:\n    image: berth/welcome\n    depends_on: [db]\n",
    });
    await expect(up({ folder: lost })).rejects.toThrow(/line 4, column 5: .*undefined service/);
    await expect(up({ folder: lost, name: "Not A Name" })).rejects.toThrow();
  });

  it("names who holds a port before anything is created", async () => {
    const port = await freePort();
    const holder = net.createServer().listen(port, "127.0.0.1");
    await once(holder, "listening");
    try {
      const dir = await folder("taken", {
        "compose.yaml": `services: { web: { image: berth/welcome, ports: ["${port}:80"] } }`,
      });
      await expect(up({ folder: dir })).rejects.toThrow(new RegExp(`Port ${port} is in use`));
      expect(await engine.docker.listContainers({ all: true })).toEqual([]);
    } finally {
      holder.close();
    }
  });

  it("builds and runs a folder with only a Dockerfile, on free ports, without what .dockerignore names", async () => {
    const dir = await folder("only-docker", {
      Dockerfile:
        'FROM berth/welcome\nCOPY . /site\nEXPOSE 80\nSTOPSIGNAL SIGKILL\nCMD ["httpd", "-f", "-p", "80", "-h", "/site"]\n',
      ".dockerignore": "big\n*.log\n",
      "index.html": "built",
      "big/file": "no",
      "a.log": "no",
    });
    expect(await up({ folder: dir })).toBe("only-docker");
    await expect.poll(async () => (await app("only-docker"))?.ports.length).toBe(1);
    const port = (await app("only-docker"))?.ports[0]?.hostPort ?? 0;
    await expect.poll(() => page(port)).toBe("built");
    const listing = await engine.exec(["docker", "exec", "only-docker-app-1", "ls", "/site"]);
    expect(listing.stdout.split("\n")).not.toContain("big");
    const image = (await engine.docker.getImage("only-docker-app").inspect()).Id;
    await writeFile(path.join(dir, "b.log"), "ignored");
    await up({ folder: dir });
    expect((await engine.docker.getImage("only-docker-app").inspect()).Id).toBe(image);
    expect((await app("only-docker"))?.ports[0]?.hostPort).toBe(port);
    await ended(
      engine.client,
      (await engine.client.apps.down({ name: "only-docker", forget: true })).activity,
    );
  });

  it("rebuilds in a chain of images only what changed", async () => {
    const stage = (name: string) => ({ [`${name}/Dockerfile`]: "", [`${name}/stamp`]: name });
    const dir = await folder("chain", {
      "compose.yaml": [
        "services:",
        ...["project", "development", "server"].flatMap((name) => [
          `  ${name}:`,
          `    build: ./${name}`,
          `    image: chain/${name}`,
          "    command: sleep 1000",
          "    stop_grace_period: 0s",
        ]),
      ].join("\n"),
      ...stage("server"),
      ...stage("development"),
      ...stage("project"),
      "server/Dockerfile": "FROM berth/welcome\nCOPY stamp /server\n",
      "development/Dockerfile": "FROM chain/server\nCOPY stamp /development\n",
      "project/Dockerfile": "ARG BASE=chain/development\nFROM $BASE\nCOPY stamp /project\n",
    });
    const ids = async () =>
      Promise.all(
        ["server", "development", "project"].map(
          async (name) => (await engine.docker.getImage(`chain/${name}`).inspect()).Id,
        ),
      );
    await up({ folder: dir });
    const [server, development, project] = await ids();
    await writeFile(path.join(dir, "development/stamp"), "changed");
    await up({ folder: dir });
    const after = await ids();
    expect(after[0]).toBe(server);
    expect(after[1]).not.toBe(development);
    expect(after[2]).not.toBe(project);
    const stamps = await engine.exec([
      "docker",
      "run",
      "--rm",
      "chain/project",
      "cat",
      "/server",
      "/development",
    ]);
    expect(stamps.stdout).toBe("serverchanged");
    await ended(engine.client, (await engine.client.apps.down({ name: "chain" })).activity);
  });

  it("scales a service, rebuilds one alone, and edits its file with a check", async () => {
    const dir = await folder("edit", {
      "compose.yaml":
        "services:\n  job: { image: berth/welcome, command: sleep 1000, stop_grace_period: 0s }\n  built: { build: ., command: sleep 1000, stop_grace_period: 0s }\n",
      Dockerfile: "FROM berth/welcome\n",
    });
    await up({ folder: dir });
    const { client, docker } = engine;
    const before = await docker.getContainer("edit-job-1").inspect();
    const built = await docker.getContainer("edit-built-1").inspect();
    await ended(client, (await client.apps.scale({ name: "edit", service: "job", replicas: 3 })).activity);
    await expect
      .poll(async () => (await app("edit"))?.services.find(({ name }) => name === "job")?.containers.length)
      .toBe(3);
    await ended(client, (await client.apps.rebuild({ name: "edit", service: "built" })).activity);
    expect((await docker.getContainer("edit-job-1").inspect()).Id).toBe(before.Id);
    expect((await docker.getContainer("edit-built-1").inspect()).Id).not.toBe(built.Id);

    const [file] = await client.apps.files({ name: "edit" });
    expect(file?.name).toBe("compose.yaml");
    const bad = `${file?.text ?? ""}  extra:\n    image: berth/welcome\n    networks: [nowhere]\n`;
    const checked = await client.apps.validate({ name: "edit", file: "compose.yaml", text: bad });
    expect(checked.complete).toBe(true);
    expect(checked.problems[0]).toMatchObject({ file: "compose.yaml", line: 6, severity: "error" });
    const good = bad.replace("    networks: [nowhere]\n", "");
    expect(await client.apps.validate({ name: "edit", file: "compose.yaml", text: good })).toEqual({
      complete: true,
      problems: [],
    });
    const saved = await client.apps.save({
      name: "edit",
      file: "compose.yaml",
      text: good,
      revision: file?.revision ?? "",
    });
    expect(await readFile(path.join(dir, "compose.yaml"), "utf8")).toBe(good);
    await expect(
      client.apps.save({ name: "edit", file: "compose.yaml", text: "x", revision: file?.revision ?? "" }),
    ).rejects.toThrow(/changed by another program/);
    expect(saved.text).toBe(good);
    await ended(client, (await client.apps.down({ name: "edit", forget: true })).activity);
  });

  it("cancels an up that waits, and leaves a state that another up mends", async () => {
    const dir = await folder("slow", {
      "compose.yaml": [
        "services:",
        "  gate: { image: berth/welcome, command: sleep 1000, stop_grace_period: 0s, healthcheck: { test: ['CMD', 'test', '-e', '/open'], interval: 1s, retries: 1000 } }",
        "  after: { image: berth/welcome, command: sleep 1000, stop_grace_period: 0s, depends_on: { gate: { condition: service_healthy } } }",
      ].join("\n"),
    });
    const { client } = engine;
    const { activity } = await client.apps.up({ folder: dir });
    await expect
      .poll(async () => (await app("slow"))?.services.find(({ name }) => name === "gate")?.state)
      .toBe("running");
    await client.activity.cancel({ id: activity });
    await expect(ended(client, activity)).rejects.toThrow(/cancelled/);
    expect(await app("slow")).toMatchObject({ state: "partial", problem: null });
    const again = await client.apps.up({ folder: dir });
    await engine.exec(["docker", "exec", "slow-gate-1", "touch", "/open"]);
    await ended(client, again.activity);
    await expect.poll(() => app("slow")).toMatchObject({ state: "running", health: "healthy" });
    await ended(client, (await client.apps.down({ name: "slow", forget: true })).activity);
  });

  it("says after a crash of the engine what was cut short, and another up finishes it", async () => {
    const waiting = "healthcheck: { test: ['CMD', 'test', '-e', '/open'], interval: 1s, retries: 1000 }";
    const dir = await folder("cut", {
      "compose.yaml": [
        "services:",
        `  gate: { image: berth/welcome, command: sleep 1000, stop_grace_period: 0s, ${waiting} }`,
        "  after: { image: berth/welcome, command: sleep 1000, stop_grace_period: 0s, depends_on: { gate: { condition: service_healthy } } }",
      ].join("\n"),
    });
    await engine.client.apps.up({ folder: dir });
    await expect
      .poll(async () => (await app("cut"))?.services.find(({ name }) => name === "gate")?.state)
      .toBe("running");
    await engine.replaceEngine({ kill: true });
    await expect.poll(async () => (await app("cut"))?.problem).toMatch(/“Starting cut” was cut short/);
    await engine.exec(["docker", "exec", "cut-gate-1", "touch", "/open"]);
    await up({ name: "cut" });
    await expect.poll(() => app("cut")).toMatchObject({ state: "running", problem: null });
    await ended(engine.client, (await engine.client.apps.down({ name: "cut", forget: true })).activity);
  });
});
