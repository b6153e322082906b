import { Readable } from "node:stream";
import type Docker from "dockerode";
import { pack } from "tar-stream";
import { z } from "zod";

/**
 * Builds an image of busybox (from berth/welcome) with files in it: path → content. `changes` are further
 * Dockerfile lines, for example `ENV A=1`.
 */
export async function buildTinyImage(
  docker: Docker,
  tag: string,
  files: Record<string, string>,
  changes: readonly string[] = [],
): Promise<void> {
  const context = pack();
  const copies = Object.keys(files).map((path, index) => `COPY ["file${index}", ${JSON.stringify(path)}]`);
  context.entry({ name: "Dockerfile" }, ["FROM berth/welcome", ...copies, ...changes, ""].join("\n"));
  for (const [index, content] of Object.values(files).entries()) {
    context.entry({ name: `file${index}`, mode: 0o755 }, content);
  }
  context.finalize();
  await finished(docker, await docker.buildImage(Readable.from(context), { t: tag }));
}

/** Gives an image a name in a registry and pushes it there; the extra name is taken away again. */
export async function pushImage(
  docker: Docker,
  image: string,
  name: string,
  login: { username: string; password: string } = { username: "", password: "" },
): Promise<void> {
  const [, repo = "", tag = "latest"] = /^(.*?)(?::([^:/]+))?$/.exec(name) ?? [];
  await docker.getImage(image).tag({ repo, tag });
  const pushed = docker.getImage(`${repo}:${tag}`);
  const authconfig = { ...login, serveraddress: repo.split("/")[0] ?? "" };
  await finished(docker, await pushed.push({ authconfig }));
  await pushed.remove();
}

/** Pulls an image past the engine; a tag must be named. */
export async function pullImage(docker: Docker, name: string): Promise<void> {
  await finished(docker, await docker.pull(name));
}

const lineSchema = z.object({ error: z.string().optional() });

/** Docker tells a failure in the stream itself. */
function finished(docker: Docker, progress: NodeJS.ReadableStream): Promise<void> {
  return new Promise((resolve, reject) => {
    docker.modem.followProgress(progress, (error, lines: unknown) => {
      const told = error
        ? undefined
        : z
            .array(lineSchema)
            .parse(lines)
            .find((line) => line.error);
      if (error) reject(error);
      else if (told) reject(new Error(told.error));
      else resolve();
    });
  });
}
