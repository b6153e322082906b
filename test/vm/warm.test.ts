import { stat, truncate } from "node:fs/promises";
import { afterAll, describe, expect, it } from "vitest";
import { testImage } from "./support/containers.ts";
import { useSharedMachine } from "./support/machine.ts";

const under = useSharedMachine();

async function sleeper(name: string, policy: "no" | "always" | "unless-stopped"): Promise<void> {
  const container = await under.docker.createContainer({
    name,
    Image: testImage,
    Cmd: ["sh", "-c", "trap 'exit 3' TERM; while :; do sleep 0.1; done"],
    HostConfig: { RestartPolicy: { Name: policy } },
  });
  await container.start();
}

async function states(): Promise<Record<string, string>> {
  const containers = await under.docker.listContainers({ all: true });
  return Object.fromEntries(
    containers.map(({ Names, State }): [string, string] => [(Names[0] ?? "").slice(1), State]),
  );
}

const names = ["warm-no", "warm-always", "warm-unless", "warm-by-hand"];

afterAll(async () => {
  for (const name of names) await under.docker.getContainer(name).remove({ force: true });
});

describe("a stop", () => {
  it("ends containers in order and keeps the machine; the next start goes on from it", async () => {
    await sleeper("warm-no", "no");
    await sleeper("warm-always", "always");
    await sleeper("warm-unless", "unless-stopped");
    await sleeper("warm-by-hand", "unless-stopped");
    await under.docker.getContainer("warm-by-hand").stop();
    await under.machine.tunnel.exec(["sh", "-c", "echo kept >/data/warm-kept"]);

    await under.machine.stop();
    expect(under.machine.snapshot()).toMatchObject({
      state: "stopped",
      pid: null,
      suspendedBytes: null,
      problems: [],
    });
    expect(under.machine.snapshot().warmBytes).toBeGreaterThan(1e6);

    // Another engine knows as much.
    await under.reopen();
    await under.machine.start();
    expect(under.machine.snapshot()).toMatchObject({
      state: "running",
      lastStart: "warm",
      warmBytes: null,
      problems: [],
    });
    expect(await states()).toMatchObject({
      "warm-no": "exited",
      "warm-always": "running",
      "warm-unless": "running",
      "warm-by-hand": "exited",
    });
    // It got its own signal, and the time to act on it.
    expect((await under.docker.getContainer("warm-no").inspect()).State.ExitCode).toBe(3);
  });

  it("has everything on the disk: when the kept machine cannot be used, a boot finds all of it", async () => {
    await under.machine.stop();
    await truncate(under.paths.warmState, 1_000_000);
    await under.machine.start();
    expect(under.machine.snapshot()).toMatchObject({ state: "running", lastStart: "cold", problems: [] });
    await expect(stat(under.paths.warmState)).rejects.toThrow("ENOENT");
    expect((await under.machine.tunnel.exec(["cat", "/data/warm-kept"])).stdout).toBe("kept\n");
    expect(await states()).toMatchObject({
      "warm-no": "exited",
      "warm-always": "running",
      "warm-unless": "running",
      "warm-by-hand": "exited",
    });
  });
});
