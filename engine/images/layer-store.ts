import type Docker from "dockerode";
import { z } from "zod";
import { BerthError, type Tunnel } from "../vm.ts";
import { getJson } from "../docker/index.ts";

/** The layers on the engine's disk. */
export interface LayerStore {
  /** Bytes of each layer alone, by chain id: Docker's own figures. */
  sizes: Map<string, number>;
  /** Layers that containers stand on, whatever became of their images. */
  mounted: Set<string>;
}

const infoAnswer = z.object({
  DockerRootDir: z.string().startsWith("/"),
  Driver: z.string().regex(/^[\w-]+$/),
});
const line = /^(.*)\/(sha256|mounts)\/([^/]+)\/(size|parent):(.*)$/;

/**
 * Reads Docker's table of layers (`layerdb` in its data folder): the API tells sizes of whole images only, and
 * what a removal frees is counted in layers.
 */
export async function readLayerStore(docker: Docker, guest: Pick<Tunnel, "exec">): Promise<LayerStore> {
  const { DockerRootDir, Driver } = infoAnswer.parse(await getJson(docker, { path: "/info" }));
  const folder = `${DockerRootDir}/image/${Driver}/layerdb`;
  const { stdout, stderr, exitCode } = await guest.exec(
    ["grep", "-r", "--include=size", "--include=parent", "", folder],
    { maxBytes: 64 * 2 ** 20, timeoutMs: 60_000 },
  );
  // 1: nothing found, an engine without any layer.
  if (exitCode > 1) {
    throw new BerthError({
      code: "layers_not_readable",
      message: "The sizes of the image layers could not be read in the VM.",
      hint: "Try again. The engine's log tells more: berth logs engine.",
      cause: new Error(stderr.slice(0, 1000)),
    });
  }
  return parseLayerStore(stdout);
}

export function parseLayerStore(text: string): LayerStore {
  const sizes = new Map<string, number>();
  const parents = new Map<string, string>();
  const tops: string[] = [];
  for (const entry of text.split("\n")) {
    const [, , kind, name, file, value] = line.exec(entry) ?? [];
    if (name === undefined || value === undefined) continue;
    if (kind === "mounts") tops.push(value);
    else if (file === "size") sizes.set(`sha256:${name}`, Number(value));
    else parents.set(`sha256:${name}`, value);
  }
  const mounted = new Set<string>();
  for (let top of tops) {
    for (; top !== "" && !mounted.has(top); top = parents.get(top) ?? "") mounted.add(top);
  }
  return { sizes, mounted };
}
