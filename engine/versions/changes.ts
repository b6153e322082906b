import type Docker from "dockerode";
import { z } from "zod";
import type { FileChange, FileChanges } from "../contract/index.ts";
import type { ContainerDetails } from "../recreate/index.ts";

const kinds = ["modified", "added", "deleted"] as const;
const changesAnswer = z.array(z.object({ Path: z.string(), Kind: z.int() }));

/**
 * What differs between a container's files and its image. A folder only counts when it is itself new or gone, and
 * those that Docker made to mount something do not.
 */
export async function changesOf(
  docker: Docker,
  container: Pick<ContainerDetails, "Id" | "Mounts">,
  most: number,
): Promise<FileChanges> {
  const said: unknown = await docker.getContainer(container.Id).changes();
  // Without changes Docker says null, which the client library hands on as bytes.
  const answer = Array.isArray(said) ? changesAnswer.parse(said) : [];
  const mounts = container.Mounts.map(({ Destination }) => Destination);
  const left = answer.filter(({ Path }) => !mounts.includes(Path));
  const above = foldersAbove(left.map(({ Path }) => Path));
  const aboveMounts = foldersAbove(mounts);
  const files = left.flatMap(({ Path, Kind }): FileChange[] => {
    const kind = kinds[Kind];
    if (kind === undefined) return [];
    // Docker also names every folder above a change.
    if (kind === "modified" && (above.has(Path) || aboveMounts.has(Path))) return [];
    if (kind === "added" && aboveMounts.has(Path) && !above.has(Path)) return [];
    return [{ path: Path, kind }];
  });
  const count = (kind: FileChange["kind"]) => files.filter((file) => file.kind === kind).length;
  return {
    added: count("added"),
    modified: count("modified"),
    deleted: count("deleted"),
    files: files.slice(0, most),
  };
}

function foldersAbove(paths: readonly string[]): Set<string> {
  const folders = new Set<string>();
  for (const path of paths) {
    for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) {
      folders.add(path.slice(0, at));
    }
  }
  return folders;
}
