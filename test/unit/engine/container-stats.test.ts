import { expect, it, onTestFinished } from "vitest";
import type { ContainerSample } from "../../../engine/contract/index.ts";
import { createDocker, DockerModel } from "../../../engine/docker/index.ts";
import { ContainerStats } from "../../../engine/stats/index.ts";
import { until } from "./support/engine.ts";
import { FakeDocker } from "./support/fake-docker.ts";
import { MemoryLogger } from "./support/logger.ts";

async function statsOf(names: string[]): Promise<{ docker: FakeDocker; stats: ContainerStats }> {
  const fake = await FakeDocker.start();
  for (const name of names) fake.containers.set(name, { id: name, name });
  const docker = createDocker(fake.open);
  const logger = new MemoryLogger();
  const model = new DockerModel(docker, logger);
  const stats = new ContainerStats({ docker, containers: model.containers, logger });
  onTestFinished(() => {
    stats.close();
    model.disconnect();
  });
  model.connect();
  await until("the list is known", () => model.containers.known);
  return { docker: fake, stats };
}

/** Follows containers until told to leave. */
function reader(stats: ContainerStats, ids: string[]) {
  const abort = new AbortController();
  const samples: ContainerSample[] = [];
  const done = (async () => {
    for await (const sample of stats.follow(ids, abort.signal)) samples.push(sample);
  })();
  return {
    samples,
    leave: async () => {
      abort.abort();
      await done;
    },
  };
}

it("tells rates as the growth between two messages", async () => {
  const { stats } = await statsOf(["a"]);
  const { samples, leave } = reader(stats, ["a"]);
  await until("a rate is known", () => typeof samples.at(-1)?.cpuPercent === "number");
  expect(samples.at(-1)).toEqual({
    id: "a",
    at: "2026-01-01T00:00:02.500Z",
    cpuPercent: 50,
    memoryBytes: 2000,
    memoryLimitBytes: 10_000,
    processes: 4,
    receivedBytesPerSecond: 101,
    sentBytesPerSecond: 0,
    readBytesPerSecond: 0,
    writtenBytesPerSecond: 10,
  });
  await leave();
});

it("measures each container once for all readers, and nothing soon after they have left", async () => {
  const { docker, stats } = await statsOf(["a", "b"]);
  const readers = [reader(stats, ["a"]), reader(stats, ["a", "b"]), reader(stats, ["b", "a"])];
  await until("all have read", () => readers.every(({ samples }) => samples.length > 0));
  expect(docker.requests.filter((request) => request.endsWith("/stats")).sort()).toEqual([
    "GET /containers/a/stats",
    "GET /containers/b/stats",
  ]);
  // A late reader gets the last sample at once, without another measurement.
  const late = reader(stats, ["a"]);
  await until("the late one has read", () => late.samples.length === 1);
  await Promise.all([...readers, late].map(({ leave }) => leave()));
  await until("nothing is measured any more", () => docker.stats.size === 0);
  expect(stats.measured).toBe(0);
});
