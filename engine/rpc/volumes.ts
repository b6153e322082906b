import { volumeListAnswer } from "../docker/index.ts";
import { os } from "./base.ts";

export const volumes = {
  names: os.volumes.names.handler(async ({ context }) => {
    const { Volumes } = volumeListAnswer.parse(await context.services.docker.listVolumes());
    return Volumes.map((volume) => volume.Name).sort();
  }),
};
