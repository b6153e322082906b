import { rm } from "node:fs/promises";
import { z } from "zod";
import { describeError } from "../errors.ts";
import { readJsonFile, writeJsonFile } from "../files/json-file.ts";
import { DockerApi, type InspectedContainer } from "../guest/docker-api.ts";
import type { MachineCore } from "./core.ts";

/** Which containers the next start shall bring back, tied to the disk as it is. */
const recordSchema = z.object({
  format: z.literal(1),
  diskGeneration: z.number().int().nonnegative(),
  containers: z.array(z.string()),
});

/** Rounds of stopping, should something else keep starting containers. */
const stopRounds = 3;

/**
 * Ends all containers, each with its own signal and grace, and notes which of them dockerd would have brought back
 * at its own next start: to dockerd they look as if a person had stopped them. Throws when some keep running.
 */
export async function stopContainers(core: MachineCore, signal: AbortSignal): Promise<void> {
  const docker = new DockerApi(core.tunnel, signal);
  const before = await inspectAll(docker, await docker.containers());
  const certain = before.filter((container) => comesBackAnyway(container)).map(({ Id }) => Id);
  // Noted before the first is stopped: a crash in the middle must not leave any behind.
  await note(core, certain);
  const wasRunning = new Set(before.filter(({ State }) => State.Running).map(({ Id }) => Id));
  for (let round = 0; ; round++) {
    const running = (await docker.containers()).filter(({ State }) => isUp(State));
    if (running.length === 0) break;
    if (round === stopRounds) throw new Error(`${running.length} containers do not stay stopped`);
    await Promise.all(running.map(({ Id }) => docker.stop(Id)));
  }
  const onFailure = before.filter(
    ({ Id, HostConfig }) => wasRunning.has(Id) && HostConfig.RestartPolicy.Name === "on-failure",
  );
  const failed = (await inspectAll(docker, onFailure)).filter((container) => retries(container));
  await note(core, [...certain, ...failed.map(({ Id }) => Id)]);
}

/**
 * Lets the machine's run begin (`begin` raises the disk's generation) without forgetting what it has to bring back.
 */
export async function keepingStoppedContainers(core: MachineCore, begin: () => Promise<void>): Promise<void> {
  const containers = await containersToStart(core);
  await begin();
  if (containers.length > 0) await note(core, containers);
}

/** Starts what the last warm stop noted. Each failure goes to the log, and together they make a problem. */
export async function startContainers(core: MachineCore, signal: AbortSignal): Promise<void> {
  const ids = await containersToStart(core);
  if (ids.length > 0) await startAgain(core, ids, signal);
  await rm(core.paths.stoppedContainers, { force: true });
}

async function startAgain(core: MachineCore, ids: string[], signal: AbortSignal): Promise<void> {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(core.limits.containersMs)]);
  const docker = new DockerApi(core.tunnel, bounded);
  const failures: string[] = [];
  const startAll = (containers: string[]) =>
    Promise.all(
      containers.map(async (id) => {
        await docker.start(id).catch((error: unknown) => {
          failures.push(id);
          core.logger.warn("A container was not started again", { id, error: describeError(error) });
        });
      }),
    );
  try {
    // Containers that live in another's network come after it.
    const present = await inspectAll(
      docker,
      ids.map((Id) => ({ Id })),
    );
    await startAll(present.filter((container) => !isGuestOfAnother(container)).map(({ Id }) => Id));
    await startAll(present.filter((container) => isGuestOfAnother(container)).map(({ Id }) => Id));
  } catch (error) {
    core.logger.warn("Containers were not started again", { error: describeError(error) });
    failures.push("");
  }
  if (failures.length === 0) return;
  core.status.addProblem({
    id: "containers_not_started",
    message: "Some containers did not start again with the VM.",
    hint: "Start them with `docker start`; what Docker says is in `berth logs engine`.",
    severity: "problem",
  });
}

/** Notes what the next start shall bring back. */
export async function noteContainers(core: MachineCore, containers: string[]): Promise<void> {
  if (containers.length === 0) await rm(core.paths.stoppedContainers, { force: true });
  else await note(core, containers);
}

/** What the next start will bring back, if the disk has not been used since, but for the run that began just now. */
export async function containersToStart(core: MachineCore): Promise<string[]> {
  const read = await readJsonFile(core.paths.stoppedContainers, recordSchema);
  if (read.kind !== "value") return [];
  const runs = ((await core.generation.present()) ?? Number.NaN) - read.value.diskGeneration;
  return runs === 0 || runs === 1 ? read.value.containers : [];
}

async function note(core: MachineCore, containers: string[]): Promise<void> {
  const diskGeneration = (await core.generation.present()) ?? 0;
  await writeJsonFile(core.paths.stoppedContainers, { format: 1, diskGeneration, containers });
}

async function inspectAll(docker: DockerApi, containers: { Id: string }[]): Promise<InspectedContainer[]> {
  const inspected = await Promise.all(containers.map(({ Id }) => docker.inspect(Id)));
  return inspected.filter((container) => container !== null);
}

/**
 * Whether dockerd starts it whenever it starts itself (moby, container/restartmanager): `always` even after a
 * person's stop, `unless-stopped` unless there was one; and then it would not be running.
 */
export function comesBackAnyway({ State, HostConfig }: InspectedContainer): boolean {
  const { Name } = HostConfig.RestartPolicy;
  return Name === "always" || (Name === "unless-stopped" && State.Running);
}

/** Whether dockerd starts a container with the policy `on-failure` that has ended like this. */
export function retries({ State, HostConfig, RestartCount }: InspectedContainer): boolean {
  const { Name, MaximumRetryCount } = HostConfig.RestartPolicy;
  if (Name !== "on-failure" || State.ExitCode === 0) return false;
  return MaximumRetryCount === 0 || RestartCount < MaximumRetryCount;
}

function isGuestOfAnother({ HostConfig }: InspectedContainer): boolean {
  return HostConfig.NetworkMode.startsWith("container:");
}

function isUp(state: string): boolean {
  return state === "running" || state === "restarting" || state === "paused";
}
