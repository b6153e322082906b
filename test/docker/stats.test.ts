import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ContainerSample, readStream } from "../../engine/contract/index.ts";
import { localEngineProblem, type LocalEngine, startLocalEngine } from "../support/local-engine/index.ts";

const problem = localEngineProblem();

describe.skipIf(problem !== null)(
  `stats of containers${problem === null ? "" : ` (skipped: ${problem})`}`,
  () => {
    let engine: LocalEngine;

    beforeAll(async () => {
      engine = await startLocalEngine();
    });
    afterAll(() => engine.stop());

    async function run(name: string, script: string): Promise<string> {
      const container = await engine.docker.createContainer({
        name,
        Image: "berth/welcome",
        Entrypoint: ["sh", "-c", script],
        StopSignal: "SIGKILL",
      });
      await container.start();
      await expect
        .poll(async () => (await engine.client.containers.list()).map(({ id }) => id))
        .toContain(container.id);
      return container.id;
    }

    it("follows several containers in one stream, through the start of one that did not run", async () => {
      const busy = await run("busy", "while :; do :; done");
      const idle = await run("idle", "exec sleep 1000");
      await engine.client.containers.stop({ id: idle });
      const last = new Map<string, ContainerSample>();
      const counts = new Map<string, number>();
      for await (const sample of readStream(
        engine.client,
        engine.client.stats.watch({ ids: [busy, idle] }),
      )) {
        last.set(sample.id, sample);
        counts.set(sample.id, (counts.get(sample.id) ?? 0) + 1);
        if (counts.get(busy) === 2 && !counts.has(idle)) await engine.client.containers.start({ id: idle });
        if ((counts.get(idle) ?? 0) >= 2) break;
      }
      const [loaded, resting] = [last.get(busy), last.get(idle)];
      expect(loaded?.cpuPercent).toBeGreaterThan(5);
      expect(resting?.cpuPercent).toBeLessThan(loaded?.cpuPercent ?? 0);
      expect(resting?.memoryBytes).toBeGreaterThan(0);
      expect(resting?.processes).toBe(1);
      expect(resting?.sentBytesPerSecond).not.toBeNull();
    });
  },
);
