import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { localEngineProblem, type LocalEngine, startLocalEngine } from "../support/local-engine/index.ts";

const problem = localEngineProblem();

describe.skipIf(problem !== null)(`networks${problem === null ? "" : ` (skipped: ${problem})`}`, () => {
  let engine: LocalEngine;
  beforeAll(async () => (engine = await startLocalEngine()));
  afterAll(() => engine.stop());

  const find = async (name: string) =>
    (await engine.client.networks.list()).find((network) => network.name === name);
  const start = (name: string) => engine.client.containers.run({ image: "berth/welcome", name });

  it("are made as asked, joined under further names, left, and removed", async () => {
    const { client } = engine;
    const { id } = await client.networks.create({
      name: "back",
      subnet: "172.30.0.0/24",
      gateway: "172.30.0.1",
      internal: true,
      options: [{ name: "com.docker.network.bridge.name", value: "br-back" }],
      labels: [{ name: "team", value: "shop" }],
    });
    await expect
      .poll(() => find("back"))
      .toMatchObject({
        driver: "bridge",
        internal: true,
        builtIn: false,
        subnets: [{ subnet: "172.30.0.0/24", gateway: "172.30.0.1" }],
        options: { "com.docker.network.bridge.name": "br-back" },
        labels: { team: "shop" },
      });
    const [one, two] = [await start("one"), await start("two")];
    await client.networks.connect({
      id,
      container: one.id,
      aliases: ["db", "database"],
      address: "172.30.0.9",
    });
    await client.networks.connect({ id, container: two.id });
    await expect
      .poll(async () => (await find("back"))?.members)
      .toEqual([
        { id: one.id, name: "one", running: true, address: "172.30.0.9", aliases: ["db", "database"] },
        expect.objectContaining({ id: two.id, name: "two" }),
      ]);
    const asked = await engine.exec(["docker", "exec", "two", "wget", "-q", "-O", "-", "http://database/"]);
    expect(asked.stdout).toContain("Berth");
    await expect(client.networks.remove({ id })).rejects.toThrow(/active endpoints/);
    await client.networks.disconnect({ id, container: one.id });
    await client.networks.disconnect({ id, container: two.id });
    await expect.poll(async () => (await find("back"))?.members).toEqual([]);
    await client.networks.remove({ id });
    await expect.poll(() => find("back")).toBeUndefined();
  });

  it("refuse what cannot be, and change nothing", async () => {
    const { client } = engine;
    await client.networks.create({ name: "taken", subnet: "172.31.0.0/24" });
    await expect(client.networks.create({ name: "taken" })).rejects.toThrow("already exists");
    await expect(client.networks.create({ name: "clash", subnet: "172.31.0.0/25" })).rejects.toThrow(
      /overlap/i,
    );
    await expect(client.networks.create({ name: "bad", subnet: "not a subnet" })).rejects.toThrow(
      /subnet|address/i,
    );
    await expect(client.networks.create({ name: "bad name" })).rejects.toThrow();
    const names = (await client.networks.list()).map(({ name }) => name);
    expect(names).not.toContain("clash");
    expect(names).not.toContain("bad");
  });

  it("are pruned when nobody is in them, stopped containers counted", async () => {
    const { client } = engine;
    const { id: lonely } = await client.networks.create({ name: "lonely" });
    const { id: resting } = await client.networks.create({ name: "resting" });
    const { id: container } = await start("sleeper");
    await client.networks.connect({ id: resting, container });
    await client.containers.stop({ id: container });
    const preview = await client.networks.prunePreview();
    expect(preview).toContainEqual({ id: lonely, name: "lonely" });
    expect(preview.map(({ name }) => name)).not.toContain("resting");
    const result = await client.networks.prune({ ids: preview.map(({ id }) => id) });
    expect(result).toEqual({ removed: preview.length, kept: [] });
    await expect
      .poll(async () => (await client.networks.list()).map(({ name }) => name).sort())
      .toEqual(["bridge", "host", "none", "resting"]);
  });
});
