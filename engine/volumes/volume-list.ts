import type Docker from "dockerode";
import { z } from "zod";
import type { VolumeSummary } from "../contract/index.ts";
import { list, table, text } from "../docker/go-json.ts";
import { getJson, VOLUME_HELPER } from "../docker/index.ts";

const volumesAnswer = z.object({
  Volumes: list(
    z.object({
      Name: z.string(),
      Driver: z.string(),
      Mountpoint: z.string(),
      CreatedAt: text,
      Labels: table(z.string()),
    }),
  ),
});
const containersAnswer = z.array(
  z.object({
    Id: z.string(),
    Names: z.array(z.string()),
    State: z.string(),
    Mounts: list(z.object({ Type: z.string(), Name: text })),
    Labels: table(z.string()),
  }),
);
const usageAnswer = z.object({
  Volumes: list(
    z.object({
      Name: z.string(),
      UsageData: z.object({ Size: z.number(), RefCount: z.number() }).nullish(),
    }),
  ),
});

/** All volumes with who uses them. `sizes` are those that were counted last. */
export async function readVolumes(
  docker: Docker,
  sizes: ReadonlyMap<string, number>,
): Promise<VolumeSummary[]> {
  const [volumes, containers] = await Promise.all([
    getJson(docker, { path: "/volumes" }),
    getJson(docker, { path: "/containers/json", query: { all: "1" } }),
  ]);
  const users = new Map<string, VolumeSummary["usedBy"]>();
  for (const { Id, Names, State, Mounts, Labels } of containersAnswer.parse(containers)) {
    if (VOLUME_HELPER.label in Labels) continue;
    const user = { id: Id, name: (Names[0] ?? Id).replace(/^\//, ""), running: isAlive(State) };
    for (const { Name } of Mounts) {
      if (Name !== "") users.set(Name, [...(users.get(Name) ?? []), user]);
    }
  }
  return volumesAnswer.parse(volumes).Volumes.map((volume) => {
    const labels = volume.Labels;
    return {
      id: volume.Name,
      driver: volume.Driver,
      mountpoint: volume.Mountpoint,
      createdAt: instant(volume.CreatedAt),
      labels,
      anonymous: "com.docker.volume.anonymous" in labels,
      project: labels["com.docker.compose.project"] ?? null,
      usedBy: users.get(volume.Name) ?? [],
      sizeBytes: sizes.get(volume.Name) ?? null,
    };
  });
}

/** Bytes in each volume, as Docker counts them by walking through their files. */
export async function measureVolumes(docker: Docker): Promise<Map<string, number>> {
  const answer = usageAnswer.parse(await getJson(docker, { path: "/system/df", query: { type: "volume" } }));
  const counted = answer.Volumes.flatMap(({ Name, UsageData }): [string, number][] =>
    (UsageData?.Size ?? -1) < 0 ? [] : [[Name, UsageData?.Size ?? 0]],
  );
  return new Map(counted);
}

function isAlive(state: string): boolean {
  return state === "running" || state === "paused" || state === "restarting";
}

function instant(text: string): string | null {
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? null : time.toISOString();
}
