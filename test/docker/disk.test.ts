import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { localEngineProblem, type LocalEngine, startLocalEngine } from "../support/local-engine/index.ts";
import { layered } from "./support/images.ts";
import { done } from "./support/outcome.ts";

const problem = localEngineProblem();

describe.skipIf(problem !== null)(`disk${problem === null ? "" : ` (skipped: ${problem})`}`, () => {
  let engine: LocalEngine;
  beforeAll(async () => (engine = await startLocalEngine()));
  afterAll(() => engine.stop());

  it("shows what fills it, and frees exactly what it said it would", async () => {
    const { client, docker } = engine;
    await docker.createContainer({ Image: "berth/welcome", name: "keeper" });
    await engine.exec(["docker", "start", "keeper"]);
    await layered(docker, "unused:1", ["a", "b"]);
    const content =
      "FROM berth/welcome\nRUN seq 30000 >/numbers\nRUN --mount=type=cache,target=/c seq 10000 >/c/n\n";
    await done(
      client,
      (await client.builds.start({ source: { kind: "dockerfile", content }, tags: ["built:1"] })).activity,
    );
    await engine.exec([
      "docker",
      "run",
      "--name",
      "stopped",
      "--volume",
      "/data",
      "berth/welcome",
      "sh",
      "-c",
      "seq 9000 >/data/n; seq 7000 >/own; seq 20000",
    ]);
    await engine.exec([
      "docker",
      "run",
      "--name",
      "loose",
      "--volume",
      "/data",
      "berth/welcome",
      "sh",
      "-c",
      "seq 8000 >/data/n",
    ]);
    await engine.exec(["docker", "rm", "loose"]);
    const before = await client.space.usage();
    const part = (id: string) => before.parts.find((one) => one.id === id)?.bytes ?? 0;
    expect(part("logs")).toBeGreaterThan(100_000);
    expect(part("images")).toBeGreaterThan(1_000_000);
    expect(part("volumes")).toBeGreaterThan(80_000);
    expect(before.largest.map(({ name }) => name)).toContain("berth/welcome:latest");
    for (const kind of ["images", "volumes", "containers", "buildCache"] as const) {
      const said = (await client.space.usage()).reclaimable.find((one) => one.kind === kind);
      expect(said?.bytes, kind).toBeGreaterThan(0);
      const freed = await client.space.reclaim({ kinds: [kind] });
      expect(freed.parts, kind).toEqual([said]);
    }
    const after = await client.space.usage();
    expect(after.reclaimable.filter(({ kind }) => kind === "buildCache")).toEqual([
      { kind: "buildCache", bytes: 0, count: 0 },
    ]);
    expect((await engine.exec(["docker", "ps", "--all", "--format", "{{.Names}}"])).stdout.trim()).toBe(
      "keeper",
    );
  });
});
