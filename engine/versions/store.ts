import type Docker from "dockerode";
import { z } from "zod";
import { table, texts } from "../docker/go-json.ts";
import { VERSION_LABEL } from "../recreate/index.ts";
import { readVersionLabel, VERSION_REPOSITORY, type VersionLabel } from "./label.ts";

const listAnswer = z.array(
  z.object({
    Id: z.string(),
    RepoTags: texts,
    Size: z.number(),
    Labels: table(z.string()),
  }),
);

/** A version as an image of Docker's. */
export interface StoredVersion {
  id: string;
  /** The name by which it is kept. */
  tag: string;
  /** Names that people gave it. */
  otherTags: string[];
  totalBytes: number;
  label: VersionLabel;
}

/** All versions of all containers. */
export async function allVersions(docker: Docker): Promise<StoredVersion[]> {
  const filters = JSON.stringify({ label: [VERSION_LABEL] });
  const images = listAnswer.parse(await docker.listImages({ filters }));
  return images.flatMap((image) => {
    const label = readVersionLabel(image.Labels[VERSION_LABEL]);
    const tag = image.RepoTags.find((name) => name.startsWith(`${VERSION_REPOSITORY}/`));
    // A version that was removed may live on under a name that people gave it: then it is an image like others.
    if (label === null || tag === undefined) return [];
    const otherTags = image.RepoTags.filter((name) => name !== tag && !name.startsWith("<none>"));
    return [{ id: image.Id, tag, otherTags, totalBytes: image.Size, label }];
  });
}

/**
 * The versions of one container, oldest first: those of its identity, and, where it was made anew outside of Berth,
 * those of a container of its name that is gone.
 */
export function versionsOf(
  all: readonly StoredVersion[],
  container: { identity: string; name: string },
  existing: ReadonlySet<string>,
): StoredVersion[] {
  const own = all.filter(
    ({ label }) =>
      label.container === container.identity ||
      (label.name === container.name && !existing.has(label.container)),
  );
  return own.sort((a, b) => a.label.number - b.label.number);
}

const historyAnswer = z.array(z.object({ Size: z.number() }));

/** What the topmost layer takes. */
export async function ownBytes(docker: Docker, id: string): Promise<number> {
  const history = historyAnswer.parse(await docker.getImage(id).history());
  return history[0]?.Size ?? 0;
}
