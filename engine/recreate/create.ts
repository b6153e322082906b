import type Docker from "dockerode";
import { z } from "zod";
import { dockerStatus, postJson } from "../docker/index.ts";

const createdAnswer = z.object({
  Id: z.string(),
  Warnings: z
    .array(z.string())
    .nullish()
    .transform((list) => list ?? []),
});

/** Creates a container; a null name leaves it to Docker. Asked for directly: the library keeps warnings to itself. */
export async function createContainer(
  docker: Docker,
  name: string | null,
  body: object,
  platform = "",
): Promise<{ id: string; warnings: string[] }> {
  const query = { ...(name === null ? {} : { name }), ...(platform === "" ? {} : { platform }) };
  const { Id, Warnings } = createdAnswer.parse(
    await postJson(docker, { path: "/containers/create", query, body }),
  );
  return { id: Id, warnings: Warnings };
}

export async function isImagePresent(docker: Docker, reference: string): Promise<boolean> {
  try {
    await docker.getImage(reference).inspect();
    return true;
  } catch (error) {
    if (dockerStatus(error) === 404) return false;
    throw error;
  }
}
