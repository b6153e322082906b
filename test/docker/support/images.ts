import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import type Docker from "dockerode";
import { pack } from "tar-stream";
import { z } from "zod";

/** Makes an image by committing one layer for each text; equal beginnings share their layers. No build cache. */
export async function layered(
  docker: Docker,
  tag: string,
  texts: readonly string[],
  base = "berth/welcome",
): Promise<void> {
  let image = base;
  for (const [index, text] of texts.entries()) {
    const container = await docker.createContainer({ Image: image });
    const archive = pack();
    const content = text.repeat(1000);
    archive.entry({ name: `layer-${index}`, mtime: new Date(0) }, content);
    archive.finalize();
    await container.putArchive(Readable.from(archive), { path: "/" });
    const { Id } = z.object({ Id: z.string() }).parse(await container.commit());
    await container.remove();
    image = Id;
  }
  const [repo = "", name = ""] = tag.split(":");
  await docker.getImage(image).tag({ repo, tag: name });
}

/** Text of this length that does not compress well. */
export function noise(length: number): string {
  return randomBytes(length / 2).toString("hex");
}
