import { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import type Docker from "dockerode";
import { pack } from "tar-stream";
import { z } from "zod";
import { getJson, openStream, postJson, VOLUME_HELPER } from "../docker/index.ts";

const { label: HELPER_LABEL, image: IMAGE } = VOLUME_HELPER;
const PATH = "/volume";

const listed = z.array(z.object({ Id: z.string(), Labels: z.record(z.string(), z.string()).nullish() }));

/**
 * A container that has the volume and is never started: Docker reads and writes files of such a one as well. There is
 * one for each volume that was looked into, out of an image with one empty folder.
 */
export async function volumeHelper(
  docker: Docker,
  name: string,
): Promise<{ container: string; path: string }> {
  await docker.getVolume(name).inspect();
  const filters = JSON.stringify({ label: [`${HELPER_LABEL}=${name}`] });
  const known = listed.parse(
    await getJson(docker, { path: "/containers/json", query: { all: "1", filters } }),
  );
  const [there] = known;
  if (there !== undefined) return { container: there.Id, path: PATH };
  await makeImage(docker);
  const created = z.object({ Id: z.string() }).parse(
    await postJson(docker, {
      path: "/containers/create",
      body: {
        Image: IMAGE,
        Cmd: ["none"],
        Labels: { [HELPER_LABEL]: name },
        NetworkDisabled: true,
        HostConfig: { Mounts: [{ Type: "volume", Source: name, Target: PATH }] },
      },
    }),
  );
  return { container: created.Id, path: PATH };
}

/** Removes the helpers of a volume, or of all: they would keep it from being removed. */
export async function removeHelpers(docker: Docker, name?: string): Promise<void> {
  const label = name === undefined ? HELPER_LABEL : `${HELPER_LABEL}=${name}`;
  const filters = JSON.stringify({ label: [label] });
  const known = listed.parse(
    await getJson(docker, { path: "/containers/json", query: { all: "1", filters } }),
  );
  for (const { Id } of known) await docker.getContainer(Id).remove({ force: true });
}

async function makeImage(docker: Docker): Promise<void> {
  const there = await docker
    .getImage(IMAGE)
    .inspect()
    .then(
      () => true,
      () => false,
    );
  if (there) return;
  // The place for the volume must be there, because the container never starts.
  const root = pack();
  root.entry({ name: PATH.slice(1), type: "directory" });
  root.finalize();
  const answer = await openStream(docker, {
    method: "POST",
    path: "/images/create",
    query: { fromSrc: "-", repo: "berth/volume-helper", tag: "1" },
    body: Readable.from(root, { objectMode: false }),
    signal: AbortSignal.timeout(30_000),
  });
  answer.resume();
  await finished(answer);
}
