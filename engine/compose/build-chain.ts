import { createHash } from "node:crypto";
import path from "node:path";
import { readDockerfile } from "./dockerfile.ts";
import type { BuildContext } from "./host-paths.ts";
import type { InventoryEntry } from "./inventory.ts";
import { readProjectText } from "./project-folder.ts";
import { imageOf, type ResolvedProject } from "./resolved.ts";

/** One image to build, with what it depends on. */
export interface BuildUnit {
  service: string;
  image: string;
  /** Images that it builds on, as its Dockerfile names them. */
  bases: string[];
  /** Stands for everything of this computer that goes into it. */
  content: string;
}

/** What goes into each image that a project builds. */
export async function buildUnits(
  project: ResolvedProject,
  contexts: ReadonlyMap<BuildContext, readonly InventoryEntry[]>,
): Promise<BuildUnit[]> {
  const units: BuildUnit[] = [];
  for (const [context, entries] of contexts) {
    const { service, build } = context;
    const text = build.dockerfile_inline ?? (await textOf(context)) ?? "";
    const images = Object.values(build.additional_contexts).flatMap((value) =>
      value.startsWith("docker-image://") ? [value.slice("docker-image://".length)] : [],
    );
    units.push({
      service,
      image: imageOf(project, service),
      bases: [...readDockerfile(text, build.args).bases, ...images],
      content: contentOf(context, text, entries),
    });
  }
  return units;
}

/**
 * The order of building: what others build on comes first; what is in one round does not depend on each other.
 * Images that need each other in a circle are built last, for the builder to complain of.
 */
export function buildRounds(units: readonly BuildUnit[]): BuildUnit[][] {
  const rounds: BuildUnit[][] = [];
  let left = [...units];
  while (left.length > 0) {
    const open = new Set(left.map((unit) => normalImage(unit.image)));
    const ready = left.filter((unit) =>
      unit.bases.every(
        (base) => normalImage(base) === normalImage(unit.image) || !open.has(normalImage(base)),
      ),
    );
    const round = ready.length > 0 ? ready : left;
    rounds.push(round);
    left = left.filter((unit) => !round.includes(unit));
  }
  return rounds;
}

/** Stands for an image's content and what it builds on: equal keys need no building. */
export function buildKey(unit: BuildUnit, baseIds: readonly (string | null)[]): string {
  return createHash("sha256")
    .update(JSON.stringify([unit.content, unit.bases, baseIds]))
    .digest("hex");
}

/** `NAME` and `docker.io/library/NAME:latest` are the same image. */
export function normalImage(reference: string): string {
  const plain = reference.replace(/^docker\.io\//, "").replace(/^library\//, "");
  const last = plain.slice(plain.lastIndexOf("/") + 1);
  return last.includes(":") || last.includes("@") ? plain : `${plain}:latest`;
}

async function textOf({ dockerfile }: BuildContext): Promise<string | null> {
  return dockerfile === null ? null : readProjectText(dockerfile);
}

function contentOf(
  { build, folder }: BuildContext,
  dockerfile: string,
  entries: readonly InventoryEntry[],
): string {
  const hash = createHash("sha256");
  hash.update(JSON.stringify([dockerfile, build.args, build.target ?? null, build.additional_contexts]));
  for (const entry of [...entries].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const relative = path.relative(folder, entry.path).replaceAll("\\", "/");
    // A folder's own mode changes nothing, and whether it is made anew by us neither.
    if (entry.kind === "folder") hash.update(`${relative}/\n`);
    else hash.update(`${relative}\0${entry.kind}\0${entry.mode}\0${entry.target}\0${entry.hash}\n`);
  }
  return hash.digest("hex");
}
