import type Docker from "dockerode";
import { z } from "zod";
import type { ReclaimKind, Space as SpaceReport, SpaceFreed } from "../contract/index.ts";
import { getJson, postJson } from "../docker/index.ts";
import type { Images } from "../images/index.ts";
import type { Tunnel } from "../vm.ts";
import type { Volumes } from "../volumes/index.ts";
import { pruneAnswer, type Usage, usageAnswer } from "./answers.ts";

export interface SpaceHost {
  docker: Docker;
  guest: Pick<Tunnel, "exec">;
  images: Images;
  volumes: Volumes;
}

interface Freed {
  bytes: number;
  count: number;
}

const infoAnswer = z.object({ DockerRootDir: z.string().startsWith("/") });
const LARGEST = 12;
/** Docker never prunes these. */
const KEPT_STATES = new Set(["running", "paused", "restarting"]);

/** What fills the disk in the VM, and how it gets emptier. */
export class Space {
  readonly #host: SpaceHost;

  constructor(host: SpaceHost) {
    this.#host = host;
  }

  async usage(): Promise<SpaceReport> {
    const { docker, images, volumes } = this.#host;
    const [answer, logs, unusedImages, unusedVolumes] = await Promise.all([
      getJson(docker, { path: "/system/df" }),
      this.#logs(),
      images.prunePreview(true),
      volumes.prunePreview(false),
    ]);
    const usage = usageAnswer.parse(answer);
    const stopped = usage.Containers.filter(({ State }) => !KEPT_STATES.has(State));
    // What the cache shares with images is counted there already.
    const cache = usage.BuildCache.filter(({ Shared }) => !Shared);
    const unusedCache = usage.BuildCache.filter(({ InUse }) => !InUse);
    return {
      parts: [
        { id: "images", bytes: usage.LayersSize, count: usage.Images.length },
        {
          id: "containers",
          bytes: sum(usage.Containers.map(({ SizeRw }) => SizeRw ?? 0)),
          count: usage.Containers.length,
        },
        { id: "volumes", bytes: sum(usage.Volumes.map(volumeBytes)), count: usage.Volumes.length },
        { id: "buildCache", bytes: sum(cache.map(({ Size }) => Size)), count: cache.length },
        { id: "logs", bytes: sum([...logs.values()]), count: logs.size },
      ],
      reclaimable: [
        { kind: "images", bytes: unusedImages.freedBytes, count: unusedImages.images.length },
        { kind: "buildCache", bytes: sum(unusedCache.map(({ Size }) => Size)), count: unusedCache.length },
        { kind: "volumes", bytes: unusedVolumes.freedBytes, count: unusedVolumes.volumes.length },
        { kind: "containers", bytes: sum(stopped.map(({ SizeRw }) => SizeRw ?? 0)), count: stopped.length },
      ],
      largest: largestOf(usage, logs),
    };
  }

  /** In an order in which none changes what another was said to free. */
  async reclaim(kinds: readonly ReclaimKind[], report: (detail: string) => void): Promise<SpaceFreed> {
    const steps: [ReclaimKind, string, () => Promise<Freed>][] = [
      ["images", "Removing unused images", () => this.#images()],
      ["volumes", "Removing unused volumes", () => this.#volumes()],
      ["containers", "Removing stopped containers", () => this.#containers()],
      ["buildCache", "Clearing the build cache", () => this.#buildCache()],
    ];
    const parts: SpaceFreed["parts"] = [];
    for (const [kind, detail, run] of steps) {
      if (!kinds.includes(kind)) continue;
      report(detail);
      parts.push({ kind, ...(await run()) });
    }
    return { parts, freedBytes: sum(parts.map(({ bytes }) => bytes)) };
  }

  async #images(): Promise<Freed> {
    const { images } = await this.#host.images.prunePreview(true);
    const { removed, freedBytes } = await this.#host.images.prune(images.map(({ id }) => id));
    return { bytes: freedBytes, count: removed };
  }

  async #volumes(): Promise<Freed> {
    const { volumes } = await this.#host.volumes.prunePreview(false);
    const { removed, freedBytes } = await this.#host.volumes.prune(volumes.map(({ id }) => id));
    return { bytes: freedBytes, count: removed };
  }

  async #containers(): Promise<Freed> {
    const answer = pruneAnswer.parse(await postJson(this.#host.docker, { path: "/containers/prune" }));
    return { bytes: answer.SpaceReclaimed, count: answer.ContainersDeleted.length };
  }

  async #buildCache(): Promise<Freed> {
    const request = { path: "/build/prune", query: { all: "1" } };
    const answer = pruneAnswer.parse(await postJson(this.#host.docker, request));
    return { bytes: answer.SpaceReclaimed, count: answer.CachesDeleted.length };
  }

  /** Bytes of each container's log: Docker counts them nowhere. */
  async #logs(): Promise<Map<string, number>> {
    const { DockerRootDir } = infoAnswer.parse(await getJson(this.#host.docker, { path: "/info" }));
    const { stdout } = await this.#host.guest.exec(
      ["find", `${DockerRootDir}/containers`, "-name", "*-json.log*", "-printf", "%h %s\\n"],
      { timeoutMs: 30_000 },
    );
    const logs = new Map<string, number>();
    for (const line of stdout.split("\n")) {
      const [folder, bytes] = line.split(" ");
      const id = folder?.slice(folder.lastIndexOf("/") + 1) ?? "";
      if (id !== "" && bytes !== undefined) logs.set(id, (logs.get(id) ?? 0) + Number(bytes));
    }
    return logs;
  }
}

function largestOf(usage: Usage, logs: ReadonlyMap<string, number>): SpaceReport["largest"] {
  const names = new Map(usage.Containers.map(({ Id, Names }) => [Id, (Names[0] ?? Id).replace(/^\//, "")]));
  const all: SpaceReport["largest"] = [
    ...usage.Images.map(({ Id, RepoTags, Size }) => ({
      kind: "image" as const,
      id: Id,
      name: RepoTags?.find((tag) => !tag.startsWith("<none>")) ?? Id.replace(/^sha256:/, "").slice(0, 12),
      bytes: Size,
    })),
    ...usage.Volumes.map((volume) => ({
      kind: "volume" as const,
      id: volume.Name,
      name: volume.Name,
      bytes: volumeBytes(volume),
    })),
    ...usage.Containers.map(({ Id, SizeRw }) => ({
      kind: "container" as const,
      id: Id,
      name: names.get(Id) ?? Id,
      bytes: SizeRw ?? 0,
    })),
    ...[...logs].map(([id, bytes]) => ({
      kind: "log" as const,
      id,
      name: names.get(id) ?? id.slice(0, 12),
      bytes,
    })),
  ];
  return all
    .filter(({ bytes }) => bytes > 0)
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, LARGEST);
}

function volumeBytes({ UsageData }: Usage["Volumes"][number]): number {
  return Math.max(0, UsageData?.Size ?? 0);
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
