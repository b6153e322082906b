import type Docker from "dockerode";
import { z } from "zod";
import type { HistoryEntry, ImageDetails } from "../contract/index.ts";
import { getJson, imageAnswer } from "../docker/index.ts";

/** Answer of "Get the history of an image", newest first. */
const historyAnswer = z.array(
  z.object({
    Created: z.number(),
    CreatedBy: z.string().nullish(),
    Comment: z.string().nullish(),
    Size: z.number(),
    Tags: z.array(z.string()).nullish(),
  }),
);

/** Everything about one image. */
export async function imageDetails(docker: Docker, id: string): Promise<ImageDetails> {
  const path = `/images/${encodeURIComponent(id)}/history`;
  const [inspected, history] = await Promise.all([docker.getImage(id).inspect(), getJson(docker, { path })]);
  const info = imageAnswer.parse(inspected);
  const config = info.Config ?? null;
  return {
    id: info.Id,
    tags: info.RepoTags,
    digests: info.RepoDigests,
    createdAt: instant(Date.parse(info.Created)),
    author: info.Author,
    architecture: info.Architecture,
    os: info.Os,
    sizeBytes: Math.max(0, info.Size),
    command: config?.Cmd ?? [],
    entrypoint: config?.Entrypoint ?? [],
    environment: config?.Env ?? [],
    workingDirectory: config?.WorkingDir ?? "",
    user: config?.User ?? "",
    ports: Object.keys(config?.ExposedPorts ?? {}),
    volumes: Object.keys(config?.Volumes ?? {}),
    labels: config?.Labels ?? {},
    layerCount: info.RootFS?.Layers.length ?? 0,
    history: historyAnswer.parse(history).reverse().map(historyEntry),
  };
}

function historyEntry(entry: z.infer<typeof historyAnswer>[number]): HistoryEntry {
  return {
    createdBy: entry.CreatedBy ?? "",
    comment: entry.Comment ?? "",
    createdAt: instant(entry.Created * 1000),
    sizeBytes: Math.max(0, entry.Size),
    tags: entry.Tags ?? [],
  };
}

/** Builders that want the same bytes each time write no date, or the year 1. */
function instant(ms: number): string | null {
  return Number.isNaN(ms) || ms <= 0 ? null : new Date(ms).toISOString();
}
