import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BerthClient, Configuration } from "../../engine/contract/index.ts";
import { freePort } from "../e2e/support/free-port.ts";
import {
  buildTinyImage,
  localEngineProblem,
  type LocalEngine,
  pushImage,
  startLocalEngine,
  startRegistry,
} from "../support/local-engine/index.ts";

const problem = localEngineProblem();
/** Serves what a volume holds; exits at once where it is told to. */
const server = `#!/bin/sh
[ "$MODE" = broken ] && { echo no such mode >&2; exit 3; }
[ -e /data/page ] || echo "first $MODE" >/data/page
exec busybox httpd -f -p 80 -h /data
`;

describe.skipIf(problem !== null)(`recreate${problem === null ? "" : ` (skipped: ${problem})`}`, () => {
  let engine: LocalEngine;
  let hostPort: number;

  beforeAll(async () => {
    engine = await startLocalEngine();
    await buildTinyImage(engine.docker, "server:1", { "/serve": server }, [
      "ENV MODE=image KEPT=yes",
      "LABEL from=image",
      "VOLUME /cache",
      'ENTRYPOINT ["/serve"]',
      "CMD []",
      // The server does not react to a polite wish.
      "STOPSIGNAL SIGKILL",
    ]);
    hostPort = await freePort();
  });
  afterAll(() => engine.stop());

  const configuration = (): BerthClient["configuration"] => engine.client.configuration;
  const page = () =>
    fetch(`http://127.0.0.1:${hostPort}/page`).then(
      (answer) => answer.text(),
      () => "gone",
    );
  const idOf = async (name: string) => (await engine.docker.getContainer(name).inspect()).Id;
  const names = async () =>
    (await engine.docker.listContainers({ all: true })).map(({ Names }) => Names[0]?.slice(1)).sort();

  async function parse(line: string): Promise<Configuration> {
    const parsed = await configuration().parse({ line });
    expect(parsed.problems).toEqual([]);
    if (parsed.configuration === null) throw new Error("no configuration");
    return parsed.configuration;
  }

  it("makes a container of a pasted line and reads the same configuration back", async () => {
    await engine.docker.createNetwork({ Name: "back" });
    const line = [
      `docker run -d --name web -p ${hostPort}:80 -e MODE=run -e 'TEXT=a "b" $5' -v pages:/data -v /anon`,
      "--network back --network-alias www --network-alias web2 --restart unless-stopped -m 64m --cpus 0.5",
      "--label team=blue --health-cmd 'wget -qO- http://127.0.0.1/page' --health-interval 1s --user 0:0",
      "--cap-add NET_ADMIN --tmpfs /scratch:size=1m --ulimit nofile=512:1024 server:1",
    ].join(" \\\n ");
    const wanted = await parse(line.replace("$5", "5"));
    const made = await configuration().run(wanted);
    expect(made).toMatchObject({ name: "web", warnings: [] });
    await expect.poll(page).toBe("first run\n");

    const read = await configuration().read({ id: made.id });
    const { mounts, ...rest } = wanted;
    expect(read.configuration).toMatchObject(rest);
    expect(read.configuration.mounts).toEqual(
      expect.arrayContaining(mounts.filter((mount) => mount.type !== "volume" || mount.name !== null)),
    );
    expect(read.image).toMatchObject({ entrypoint: ["/serve"], volumes: ["/cache"], hasHealthCheck: false });
    // The image's own variables, labels and entrypoint are not repeated.
    expect(read.configuration.environment.map(({ name }) => name)).toEqual(["MODE", "TEXT"]);
    expect(read.configuration.labels).toEqual({ team: "blue" });
    expect(read.configuration.entrypoint).toBeNull();

    const { dockerRun, compose } = await configuration().render(read.configuration);
    expect({ ...(await parse(dockerRun)), mounts: [] }).toEqual({ ...read.configuration, mounts: [] });
    expect(compose).toContain("image: server:1");
  });

  it("applies a change, keeping named and nameless volumes, identity and name", async () => {
    const before = await engine.docker.getContainer("web").inspect();
    await engine.exec(["docker", "exec", "web", "sh", "-c", "echo kept >/data/page; echo kept >/anon/file"]);
    const { configuration: now } = await configuration().read({ id: before.Id });
    const changed: Configuration = {
      ...now,
      environment: [{ name: "MODE", value: "changed" }],
      labels: { team: "green" },
      limits: { ...now.limits, memoryBytes: 32 * 2 ** 20 },
    };
    const { id } = await configuration().apply({ id: before.Id, configuration: changed });
    expect(id).not.toBe(before.Id);
    expect(await names()).toEqual(["web"]);
    await expect.poll(page).toBe("kept\n");
    const after = await engine.docker.getContainer("web").inspect();
    expect(after.Config.Env).toEqual(expect.arrayContaining(["MODE=changed", "KEPT=yes"]));
    expect(after.HostConfig.Memory).toBe(32 * 2 ** 20);
    const volumes = (mounts: typeof before.Mounts) =>
      mounts.map(({ Name, Destination }) => [Destination, Name]).sort();
    expect(volumes(after.Mounts)).toEqual(volumes(before.Mounts));
    const back = await configuration().read({ id });
    expect(back.configuration).toEqual(changed);
  });

  it("rolls back when the new one does not come up, and says what it said", async () => {
    const id = await idOf("web");
    const { configuration: now } = await configuration().read({ id });
    const broken = { ...now, environment: [{ name: "MODE", value: "broken" }] };
    await expect(configuration().apply({ id, configuration: broken })).rejects.toMatchObject({
      message:
        "web with the new configuration did not come up: it ended with exit code 3. The old one serves again, unchanged.",
      data: { code: "recreate_failed", hint: expect.stringMatching(/^It said last: no such mode/) as string },
    });
    expect(await idOf("web")).toBe(id);
    expect(await names()).toEqual(["web"]);
    await expect.poll(page).toBe("kept\n");

    // Unhealthy is not up either.
    const sick: Configuration = {
      ...now,
      healthCheck: {
        mode: "command",
        shell: true,
        command: ["exit 1"],
        intervalSeconds: 1,
        timeoutSeconds: 1,
        startPeriodSeconds: null,
        retries: 1,
      },
    };
    await expect(configuration().apply({ id, configuration: sick })).rejects.toMatchObject({
      message: expect.stringContaining("it is not healthy") as string,
    });
    // A command that does not exist, an image that is nowhere, a folder of this computer, a taken port: nothing changes.
    for (const [change, code] of [
      [{ entrypoint: ["/nowhere"] }, "recreate_failed"],
      [{ image: "127.0.0.1:9/nothing:1" }, "registry_not_reachable"],
      [
        { mounts: [{ type: "bind", source: "/home/me", containerPath: "/me", readOnly: false }] },
        "host_folder_not_shared",
      ],
      [
        {
          networking: {
            mode: "networks",
            networks: [{ name: "nowhere", aliases: [], ipv4Address: null, ipv6Address: null }],
          },
        },
        "recreate_failed",
      ],
    ] satisfies [Partial<Configuration>, string][]) {
      await expect(configuration().apply({ id, configuration: { ...now, ...change } })).rejects.toMatchObject(
        {
          data: { code },
        },
      );
    }
    expect(await idOf("web")).toBe(id);
    await expect.poll(page).toBe("kept\n");
  });

  it("puts the old one back when the engine is killed in the middle", async () => {
    const id = await idOf("web");
    const { configuration: now } = await configuration().read({ id });
    const never: Configuration = {
      ...now,
      healthCheck: {
        mode: "command",
        shell: true,
        command: ["exit 1"],
        intervalSeconds: 60,
        timeoutSeconds: 1,
        startPeriodSeconds: null,
        retries: 5,
      },
    };
    const applied = configuration().apply({ id, configuration: never });
    applied.catch(() => undefined);
    await expect.poll(names).toHaveLength(2);
    await expect
      .poll(async () => (await engine.docker.getContainer("web").inspect()).State.Running)
      .toBe(true);
    await engine.replaceEngine({ kill: true });
    await expect.poll(names, { timeout: 15_000 }).toEqual(["web"]);
    await expect.poll(() => idOf("web")).toBe(id);
    await expect.poll(page, { timeout: 10_000 }).toBe("kept\n");
  });

  it("can be cancelled while it waits", async () => {
    const id = await idOf("web");
    const { configuration: now } = await configuration().read({ id });
    const slow: Configuration = {
      ...now,
      healthCheck: {
        mode: "command",
        shell: true,
        command: ["exit 1"],
        intervalSeconds: 60,
        timeoutSeconds: 1,
        startPeriodSeconds: null,
        retries: 5,
      },
    };
    const applied = configuration().apply({ id, configuration: slow });
    const refused = expect(applied).rejects.toMatchObject({ data: { code: "cancelled" } });
    const waiting = async () =>
      (await engine.client.activity.list()).find(
        ({ kind, detail }) => kind === "container.recreate" && /up$/.test(detail),
      );
    await expect.poll(waiting).toBeDefined();
    await engine.client.activity.cancel({ id: (await waiting())?.id ?? "" });
    await refused;
    expect(await idOf("web")).toBe(id);
    await expect.poll(page, { timeout: 10_000 }).toBe("kept\n");
  });

  it("gets a newer image and recreates, once", async () => {
    const registry = await startRegistry(engine);
    const name = `${registry.address}/server:1`;
    await pushImage(engine.docker, "server:1", name);
    const { id } = await configuration().run(await parse(`docker run --name auto -v auto:/data ${name}`));
    await buildTinyImage(engine.docker, "server:2", { "/serve": server }, [
      "ENV NEW=yes",
      "STOPSIGNAL SIGKILL",
      'ENTRYPOINT ["/serve"]',
    ]);
    await pushImage(engine.docker, "server:2", name);
    const updated = await configuration().update({ id });
    expect(updated.updated).toBe(true);
    const { Config } = await engine.docker.getContainer("auto").inspect();
    // What the old image brought is gone, what the new one brings is there.
    expect(Config.Env).toContain("NEW=yes");
    expect(Config.Env).not.toContain("KEPT=yes");
    expect(await configuration().update({ id: updated.id })).toMatchObject({
      updated: false,
      id: updated.id,
    });
    await engine.docker.getContainer("auto").remove({ force: true });
    await registry.stop();
  });

  it("refuses to recreate a temporary container", async () => {
    const { id } = await configuration().run(
      await parse("docker run --rm --name once -e MODE=x -v /data server:1"),
    );
    const read = await configuration().read({ id });
    expect(read.refusal).toContain("--rm");
    await expect(configuration().apply({ id, configuration: read.configuration })).rejects.toMatchObject({
      data: { code: "temporary_container" },
    });
    await engine.docker.getContainer(id).remove({ force: true });
  });
});
