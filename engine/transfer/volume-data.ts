import type Docker from "dockerode";
import { openStream } from "../docker/index.ts";
import { createContainer } from "../recreate/index.ts";
import { withBody } from "./request-body.ts";

/** Where a volume lies in the container that is made to reach it. */
const PLACE = "/.berth-volume";

/** The content of a volume as a tar, by a container that is never started. `image` is any that is present. */
export async function readVolume<T>(
  docker: Docker,
  source: { volume: string; image: string },
  signal: AbortSignal,
  use: (tar: AsyncIterable<Buffer>) => Promise<T>,
): Promise<T> {
  return withHelper(docker, source, true, async (id) => {
    // The dot names what the folder holds, not the folder itself.
    const query = { path: `${PLACE}/.` };
    return use(await openStream(docker, { path: `/containers/${id}/archive`, query, signal }));
  });
}

/** Puts a tar's content, owners and modes into a volume, which is made where there is none. */
export async function fillVolume(
  docker: Docker,
  target: { volume: string; image: string },
  tar: AsyncIterable<Buffer>,
  signal: AbortSignal,
): Promise<void> {
  await withHelper(docker, target, false, (id) =>
    withBody(tar, signal, (body, abortSignal) =>
      docker.getContainer(id).putArchive(body, { path: PLACE, abortSignal }),
    ),
  );
}

/** Gives one volume the content of another. */
export async function copyVolume(
  docker: Docker,
  names: { from: string; to: string; image: string },
  signal: AbortSignal,
  report: (copiedBytes: number) => void,
): Promise<void> {
  const { from, to, image } = names;
  await readVolume(docker, { volume: from, image }, signal, (tar) =>
    fillVolume(docker, { volume: to, image }, counted(tar, report), signal),
  );
}

/** Passes bytes on and tells how many there were. */
export async function* counted(
  chunks: AsyncIterable<Buffer>,
  report: (bytes: number) => void,
): AsyncGenerator<Buffer, void, void> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    report(bytes);
    yield chunk;
  }
}

async function withHelper<T>(
  docker: Docker,
  { volume, image }: { volume: string; image: string },
  readOnly: boolean,
  use: (id: string) => Promise<T>,
): Promise<T> {
  const mount = { Type: "volume", Source: volume, Target: PLACE, ReadOnly: readOnly };
  const body = { Image: image, Entrypoint: ["-"], HostConfig: { Mounts: [mount], NetworkMode: "none" } };
  const { id } = await createContainer(docker, null, body);
  try {
    return await use(id);
  } finally {
    // With it go the nameless volumes that its image brought; a volume with a name stays.
    await docker.getContainer(id).remove({ force: true, v: true });
  }
}
