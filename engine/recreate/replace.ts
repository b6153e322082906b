import { randomBytes } from "node:crypto";
import type Docker from "dockerode";
import type { Configuration } from "../contract/index.ts";
import { dockerStatus } from "../docker/index.ts";
import { toFailure } from "../errors.ts";
import { BerthError, describeError, type Logger } from "../vm.ts";
import { IDENTITY_LABEL, identityOf, VERSION_LABEL } from "./berth-labels.ts";
import { startAndAwait } from "./come-up.ts";
import { createContainer } from "./create.ts";
import { createBody } from "./create-body.ts";
import { type ContainerDetails, containerDetailsOf } from "./details.ts";
import type { RecreateJournal, Unfinished } from "./journal.ts";

export interface ReplaceHost {
  docker: Docker;
  logger: Logger;
  journal: RecreateJournal;
}

export interface Replacement {
  configuration: Configuration;
  /** How long the new container may take to come up; null: as its health check says. */
  waitSeconds: number | null;
}

/**
 * Puts a new container in the place of an old one: the old one steps aside under another name, the new one starts,
 * and only once it is up the old one goes. Otherwise, and when called off, the old one is put back as it was and
 * `recreate_failed` says why. Volumes are never removed.
 */
export async function replaceContainer(
  host: ReplaceHost,
  old: ContainerDetails,
  replacement: Replacement,
  report: (detail: string) => void,
  signal: AbortSignal,
): Promise<{ id: string; warnings: string[] }> {
  const { docker, journal } = host;
  const running = old.State.Running || old.State.Restarting;
  const entry: Unfinished = {
    old: old.Id,
    name: old.Name,
    running,
    paused: old.State.Paused,
    phase: "replacing",
  };
  const name = replacement.configuration.name ?? old.Name;
  signal.throwIfAborted();
  await journal.put(entry);
  let id: string | null = null;
  try {
    report("Creating the new container");
    await docker.getContainer(old.Id).rename({ name: asideName(old.Name) });
    const labels = { [IDENTITY_LABEL]: identityOf(old), [VERSION_LABEL]: "" };
    const created = await createContainer(docker, name, createBody(replacement.configuration, old, labels));
    id = created.id;
    signal.throwIfAborted();
    if (running) {
      report("Stopping the old container");
      await stopped(docker, old);
      signal.throwIfAborted();
      report("Waiting until the new container is up");
      await startAndAwait(docker, id, { waitSeconds: replacement.waitSeconds, signal });
    }
    await journal.put({ ...entry, phase: "up" });
    await removeOld(host, old.Id);
    await journal.remove(old.Id);
    return { id, warnings: created.warnings };
  } catch (error) {
    report("Putting the old container back");
    await putBack(host, entry, id);
    if (signal.aborted) throw error;
    throw failed(old.Name, running, error);
  }
}

/** Finishes what the engine's end cut short: the old container serves again, or goes where the new one does. */
export async function finishUnfinished(host: ReplaceHost, entry: Unfinished): Promise<void> {
  if (entry.phase === "up") {
    await removeOld(host, entry.old);
    await host.journal.remove(entry.old);
    return;
  }
  const holder = await containerDetailsOf(host.docker, entry.name).catch(nullIfGone);
  await putBack(host, entry, holder === null || holder.Id === entry.old ? null : holder.Id);
}

async function putBack(host: ReplaceHost, entry: Unfinished, created: string | null): Promise<void> {
  const { docker, journal } = host;
  const old = await containerDetailsOf(docker, entry.old).catch(nullIfGone);
  if (old !== null) {
    // Only volumes that came with it and that nobody else uses go.
    if (created !== null)
      await docker.getContainer(created).remove({ force: true, v: true }).catch(nullIfGone);
    if (old.Name !== entry.name) await docker.getContainer(old.Id).rename({ name: entry.name });
    if (entry.running && !old.State.Running) await docker.getContainer(old.Id).start();
    if (entry.paused && !old.State.Paused) await docker.getContainer(old.Id).pause();
  }
  await journal.remove(entry.old);
}

async function stopped(docker: Docker, old: ContainerDetails): Promise<void> {
  if (old.State.Paused) await docker.getContainer(old.Id).unpause();
  await docker.getContainer(old.Id).stop().catch(nullIfStopped);
}

async function removeOld({ docker, logger }: ReplaceHost, id: string): Promise<void> {
  try {
    await docker.getContainer(id).remove({ force: true });
  } catch (error) {
    if (dockerStatus(error) === 404) return;
    // The new one serves; what is left over is only in the way.
    logger.warn("replaced container left behind", { id, error: describeError(error) });
  }
}

function asideName(name: string): string {
  return `${name}-before-${randomBytes(3).toString("hex")}`;
}

function failed(name: string, running: boolean, error: unknown): BerthError {
  const { message, hint, code } = toFailure(error);
  const why = code === "not_up" ? message : message.replace(/\.$/, "");
  const now = running ? "The old one serves again" : "The old one is back";
  return new BerthError({
    code: "recreate_failed",
    message: `${name} with the new configuration did not come up: ${why}. ${now}, unchanged.`,
    hint,
    cause: error,
  });
}

function nullIfGone(error: unknown): null {
  if (dockerStatus(error) === 404) return null;
  throw error;
}

/** 304: it was stopped already. */
function nullIfStopped(error: unknown): null {
  if (dockerStatus(error) === 304) return null;
  throw error;
}
