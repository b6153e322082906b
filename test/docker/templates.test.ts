import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LocalEngine, localEngineProblem, startLocalEngine } from "../support/local-engine/index.ts";
import { ended } from "./support/activity.ts";

const problem = localEngineProblem();

describe.skipIf(problem !== null)(`templates${problem === null ? "" : ` (skipped: ${problem})`}`, () => {
  let engine: LocalEngine;
  let root: string;

  beforeAll(async () => {
    engine = await startLocalEngine();
    root = await mkdtemp(path.join(os.tmpdir(), "berth-templates-"));
    const compose = `services:
  web:
    image: berth/welcome
    command: sh -c "echo $$GREETING > /site/index.html && exec httpd -f -p 80 -h /site"
    stop_grace_period: 0s
    environment:
      GREETING: "\${GREETING:-hello}"
      API_PASSWORD: planted-Secret-4711
    ports: ["8088:80"]
    volumes: ["data:/site"]
    healthcheck: { test: ["CMD-SHELL", "wget -q -O - http://127.0.0.1/"], interval: 1s, retries: 20 }
volumes:
  data:
`;
    await writeFile(path.join(root, "greeter.yaml"), compose);
  });
  afterAll(async () => {
    await engine.stop();
    await rm(root, { recursive: true, force: true });
  });

  async function run(values: Record<string, string>, more: { name?: string; onFailure?: "remove" } = {}) {
    const { activity, name } = await engine.client.templates.run({ id: "greeter", values, ...more });
    await ended(engine.client, activity);
    return engine.client.templates.instance({ name });
  }

  /** What of a container its configuration decides; names, ids and addresses of a run left out. */
  async function configurationOf(project: string) {
    const all = await engine.docker.listContainers({
      filters: { label: [`com.docker.compose.project=${project}`] },
    });
    return Promise.all(
      all.map(async ({ Id }) => {
        const { Config, HostConfig, Image, Mounts, NetworkSettings } = await engine.docker
          .getContainer(Id)
          .inspect();
        return {
          image: Image,
          env: [...Config.Env].sort(),
          cmd: Config.Cmd,
          health: Config.Healthcheck,
          ports: Object.keys(HostConfig.PortBindings as object),
          restart: HostConfig.RestartPolicy,
          mounts: Mounts.map((mount) => ({ type: mount.Type, target: mount.Destination, name: mount.Name })),
          networks: Object.keys(NetworkSettings.Networks),
        };
      }),
    );
  }

  const page = async (url: string) =>
    (await (await fetch(url.replace("localhost", "127.0.0.1"))).text()).trim();

  it("runs an import twice side by side, each with data and ports of its own", async () => {
    await engine.client.templates.import({ from: { path: path.join(root, "greeter.yaml") } });
    const values = { API_PASSWORD: "planted-Secret-4711" };
    const first = await run({ ...values, GREETING: "one" });
    const second = await run({ ...values, GREETING: "two" });
    expect([first.name, second.name]).toEqual(["greeter", "greeter-2"]);
    expect(first.open).toHaveLength(1);
    expect(first.open[0]?.url).not.toBe(second.open[0]?.url);
    await expect.poll(() => page(first.open[0]?.url ?? "").catch(() => "")).toBe("one");
    await expect.poll(() => page(second.open[0]?.url ?? "").catch(() => "")).toBe("two");
    const [used] = await engine.client.templates.search({ words: "greter" });
    expect(used).toMatchObject({ id: "greeter", runs: 2 });
    expect(await filesWith(engine.home, "planted-Secret-4711")).toEqual([]);
  });

  it("exports an app that, run again, is configured as before, without its secret", async () => {
    const before = await configurationOf("greeter");
    const exported = await engine.client.templates.export({ from: { app: "greeter" }, out: root });
    expect(exported.secrets).toEqual([
      { variable: "API_PASSWORD", service: "web", field: "environment API_PASSWORD" },
    ]);
    expect(await filesWith(exported.dir, "planted-Secret-4711")).toEqual([]);
    const down = await engine.client.apps.down({ name: "greeter", volumes: true, forget: true });
    await ended(engine.client, down.activity);
    const file = path.join(exported.dir, "compose.yaml");
    const { templates } = await engine.client.templates.import({ from: { path: file } });
    const { activity, name } = await engine.client.templates.run({
      id: templates[0]?.id ?? "",
      name: "greeter",
      values: { API_PASSWORD: "planted-Secret-4711" },
    });
    await ended(engine.client, activity);
    expect(await configurationOf("greeter")).toEqual(before);
    const { open } = await engine.client.templates.instance({ name });
    await expect.poll(() => page(open[0]?.url ?? "").catch(() => "")).toBe("one");
  });

  it("exports containers that were started by hand, with their links", async () => {
    const run = (...args: string[]) => engine.exec(["docker", "run", "-d", "--stop-timeout", "0", ...args]);
    await run(
      "--name",
      "store",
      "-e",
      "STORE_TOKEN=planted-Token-0815",
      "--expose",
      "80",
      "berth/welcome",
      "httpd",
      "-f",
      "-p",
      "80",
    );
    await run(
      "--name",
      "front",
      "--link",
      "store:db",
      "--cap-add",
      "NET_ADMIN",
      "berth/welcome",
      "httpd",
      "-f",
      "-p",
      "81",
    );
    await expect
      .poll(async () => (await engine.client.containers.list()).map(({ name }) => name))
      .toEqual(expect.arrayContaining(["store", "front"]));
    const exported = await engine.client.templates.export({
      from: { containers: ["store", "front"] },
      title: "By hand",
    });
    expect(exported.services).toBe(2);
    const detail = await engine.client.templates.show({ id: exported.id });
    expect(detail.compose).not.toContain("planted-Token-0815");
    expect(detail.risks).toContainEqual(expect.objectContaining({ service: "front", kind: "capability" }));
    await engine.exec(["docker", "rm", "-f", "store", "front"]);
    const { activity, name } = await engine.client.templates.run({ id: exported.id });
    await ended(engine.client, activity);
    const { stdout } = await engine.exec([
      "docker",
      "exec",
      `${name}-front-1`,
      "sh",
      "-c",
      "wget -q -O - http://db/ | head -c 9; env",
    ]);
    expect(stdout).toMatch(/DB_PORT_80_TCP_ADDR=db/);
  });

  it("checks values before anything is done", async () => {
    await expect(run({ WEB_PORT: "99999", NO: "1" })).rejects.toThrow(
      /NO .*no such variable.*WEB_PORT .*no port/,
    );
  });

  it("tells the log of a service that fails, and leaves nothing when asked to", async () => {
    const broken =
      "services:\n  job:\n    image: berth/welcome\n    command: [sh, -c, 'echo cannot-go-on; exit 3']\n";
    await engine.client.templates.import({ from: { name: "breaker.yaml", text: broken } });
    const { activity, name } = await engine.client.templates.run({ id: "breaker", onFailure: "remove" });
    await expect(ended(engine.client, activity)).rejects.toThrow(
      /"job" of breaker .*ended with 3.*cannot-go-on/s,
    );
    await expect
      .poll(async () => (await engine.client.apps.list()).map((app) => app.name))
      .not.toContain(name);
  });
});

/** Files below a folder that hold a text. */
async function filesWith(folder: string, text: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    // The guest's own disk is no place of this computer: its containers have their secrets there.
    if (!entry.isFile() || entry.parentPath.includes("local-guest")) continue;
    const file = path.join(entry.parentPath, entry.name);
    const content = await readFile(file).catch(() => Buffer.alloc(0));
    if (content.includes(text)) found.push(file);
  }
  return found;
}
