import type Docker from "dockerode";
import { parse } from "yaml";
import { z } from "zod";
import type { ContainerSummary, EditableConfiguration } from "../../contract/index.ts";
import { renderCompose } from "../../recreate/index.ts";
import { type Data, dataOf, isData } from "../project/data.ts";
import { parseImage } from "../risks/images.ts";

/** A container as a service of a Compose file that is not put together yet. */
export interface ExportedContainer {
  summary: ContainerSummary;
  editable: EditableConfiguration;
  /** What `renderCompose` says of it, for this container alone. */
  service: Data;
  image: string;
  /** Whether the image can be had by others: it has a registry's digest. */
  published: boolean;
  dependsOn: Data;
}

export interface ContainerReader {
  read(id: string): Promise<EditableConfiguration>;
}

const imageAnswer = z.object({
  RepoDigests: z.array(z.string()).nullish(),
  RepoTags: z.array(z.string()).nullish(),
});

/** Reads a container with its exact image. */
export async function readContainer(
  summary: ContainerSummary,
  reader: ContainerReader,
  docker: Docker,
): Promise<ExportedContainer> {
  const editable = await reader.read(summary.id);
  const rendered: unknown = parse(renderCompose(editable.configuration));
  const [service] = Object.values(dataOf(dataOf(rendered)["services"]));
  const { image, published } = await exactImage(summary, editable.configuration.image, docker);
  return {
    summary,
    editable,
    service: isData(service) ? service : {},
    image,
    published,
    dependsOn: dependenciesIn(summary.labels["com.docker.compose.depends_on"] ?? ""),
  };
}

/** The image by tag and digest, so that it is the same one everywhere and for ever. */
async function exactImage(
  summary: ContainerSummary,
  used: string,
  docker: Docker,
): Promise<{ image: string; published: boolean }> {
  const answer: unknown = await docker
    .getImage(summary.imageId)
    .inspect()
    .catch(() => ({}));
  const { RepoDigests: digests, RepoTags: tags } = imageAnswer.parse(answer);
  const named = used.startsWith("sha256:") ? (tags?.[0] ?? digests?.[0] ?? used) : used;
  const { registry, repository, tag, digest } = parseImage(named);
  if (digest !== null) return { image: named, published: true };
  const plain = registry === "docker.io" ? repository : `${registry}/${repository}`;
  const found = (digests ?? []).find((one) => {
    const other = parseImage(one);
    return (
      other.registry === registry &&
      other.repository.replace(/^library\//, "") === repository.replace(/^library\//, "")
    );
  });
  const withTag = `${plain}:${tag ?? "latest"}`;
  const exact = found?.split("@")[1];
  return exact === undefined
    ? { image: withTag, published: false }
    : { image: `${withTag}@${exact}`, published: true };
}

/** `db:service_healthy:false,cache:service_started:false`, as Compose notes it on its containers. */
function dependenciesIn(label: string): Data {
  return Object.fromEntries(
    label.split(",").flatMap((entry) => {
      const [service = "", condition = "", restart = "false"] = entry.split(":");
      if (service === "") return [];
      return [
        [
          service,
          { condition: condition || "service_started", ...(restart === "true" ? { restart: true } : {}) },
        ],
      ];
    }),
  );
}
