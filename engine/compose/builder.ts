import type Docker from "dockerode";
import { dockerStatus } from "../docker/errors.ts";
import { buildKey, buildRounds, type BuildUnit, buildUnits, normalImage } from "./build-chain.ts";
import { composeFailed } from "./failures.ts";
import type { GuestTunnel } from "./guest-folder.ts";
import type { Prepared, Work } from "./preparation.ts";
import type { ComposeProgress } from "./progress.ts";
import type { ProjectRecord } from "./record.ts";
import { runCompose } from "./runner.ts";

type Builds = ProjectRecord["builds"];

export interface BuildRequest {
  /** Services whose images are wanted. */
  services: readonly string[];
  /** Of these, the ones that are built even when nothing changed. */
  forced: readonly string[];
  cache: boolean;
  /** What was built before. */
  builds: Builds;
}

/**
 * Builds a project's images, what others build on first. An image is left as it is when neither its files nor the
 * images that it builds on changed. Answers what is built now.
 */
export async function buildImages(
  host: { tunnel: GuestTunnel; docker: Docker },
  prepared: Prepared,
  request: BuildRequest,
  progress: ComposeProgress,
  work: Work,
): Promise<Builds> {
  const builds: Builds = { ...request.builds };
  const units = await buildUnits(prepared.project, prepared.contexts);
  const wanted = neededUnits(units, request.services);
  for (const round of buildRounds(wanted)) {
    const stale: BuildUnit[] = [];
    for (const unit of round) {
      const key = await keyOf(host.docker, unit);
      const known = builds[unit.service];
      const present = await imageId(host.docker, unit.image);
      const same = known?.key === key && present !== null && known.imageId === present;
      if (!same || request.forced.includes(unit.service)) stale.push(unit);
    }
    if (stale.length === 0) continue;
    await build(host.tunnel, prepared, stale, request.cache, progress, work);
    for (const unit of stale) {
      const id = await imageId(host.docker, unit.image);
      if (id !== null) builds[unit.service] = { key: await keyOf(host.docker, unit), imageId: id };
    }
  }
  return builds;
}

async function build(
  tunnel: GuestTunnel,
  prepared: Prepared,
  units: readonly BuildUnit[],
  cache: boolean,
  progress: ComposeProgress,
  work: Work,
): Promise<void> {
  const names = units.map((unit) => unit.service);
  work.report({ ...progress.state(), detail: `Building ${names.join(", ")}` });
  const { exitCode, lines } = await runCompose(tunnel, {
    folder: prepared.folder,
    args: [...prepared.args, "build", ...(cache ? [] : ["--no-cache"]), ...names],
    signal: work.signal,
    onLine: (line) => {
      if (progress.add(line)) work.report(progress.state());
    },
  });
  if (exitCode === 0) return;
  throw composeFailed(
    `Building ${names.join(", ")}`,
    lines.map((line) => prepared.layout.asOnHost(line)),
  );
}

/** The wanted units and those of the project that they build on. */
function neededUnits(units: readonly BuildUnit[], services: readonly string[]): BuildUnit[] {
  const needed = new Set(units.filter((unit) => services.includes(unit.service)));
  for (const unit of needed) {
    for (const other of units) {
      if (unit.bases.some((base) => normalImage(base) === normalImage(other.image))) needed.add(other);
    }
  }
  return [...needed];
}

async function keyOf(docker: Docker, unit: BuildUnit): Promise<string> {
  return buildKey(unit, await Promise.all(unit.bases.map((base) => imageId(docker, base))));
}

async function imageId(docker: Docker, reference: string): Promise<string | null> {
  try {
    return (await docker.getImage(reference).inspect()).Id;
  } catch (error) {
    const status = dockerStatus(error);
    // 400: no valid name, which the builder will say better.
    if (status === 404 || status === 400) return null;
    throw error;
  }
}
