import type Docker from "dockerode";
import { z } from "zod";
import type { ImageSummary, ImageUpdate } from "../contract/index.ts";
import { getJson, parseReference, repositoryName, translateDockerError } from "../docker/index.ts";

const distributionAnswer = z.object({ Descriptor: z.object({ digest: z.string() }) });
const PARALLEL = 4;

/**
 * Compares each tag's digest with the one that its registry has for the tag now. The manifest's digest is
 * asked for, nothing is pulled. Answers come as they are known.
 */
export async function* checkUpdates(
  docker: Docker,
  images: readonly ImageSummary[],
  registryAuth: (reference: string) => Promise<string | undefined>,
  signal: AbortSignal,
): AsyncGenerator<ImageUpdate, void, void> {
  const waiting = images.flatMap((image) => image.tags.map((reference) => ({ image, reference })));
  const running = new Set<Promise<ImageUpdate>>();
  while ((waiting.length > 0 || running.size > 0) && !signal.aborted) {
    for (let next = take(); next !== undefined; next = take()) running.add(start(next));
    if (running.size > 0) yield await Promise.race(running);
  }

  function take() {
    return running.size < PARALLEL ? waiting.shift() : undefined;
  }

  function start({ image, reference }: { image: ImageSummary; reference: string }): Promise<ImageUpdate> {
    const answer = checkOne(docker, image, reference, registryAuth, signal).finally(() =>
      running.delete(answer),
    );
    return answer;
  }
}

async function checkOne(
  docker: Docker,
  image: ImageSummary,
  reference: string,
  registryAuth: (reference: string) => Promise<string | undefined>,
  signal: AbortSignal,
): Promise<ImageUpdate> {
  const update = { reference, imageId: image.id, digest: null, problem: null };
  const repository = repositoryName(parseReference(reference));
  const known = image.digests.filter((digest) => digest.startsWith(`${repository}@`));
  if (known.length === 0) return { ...update, state: "local" };
  try {
    const answer = await getJson(docker, {
      path: `/distribution/${reference}/json`,
      registryAuth: await registryAuth(reference),
      signal,
    });
    const { digest } = distributionAnswer.parse(answer).Descriptor;
    const same = known.some((one) => one.endsWith(`@${digest}`));
    return { ...update, state: same ? "current" : "available", digest };
  } catch (error) {
    const problem = translateDockerError(error)?.message ?? "The registry gave an answer that is not one.";
    return { ...update, state: "failed", problem };
  }
}
