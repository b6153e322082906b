import type Docker from "dockerode";
import type { ContainerDetails } from "./details.ts";

/** Names of the containers that share a container's network; they keep pointing at one that is gone. */
export async function dependentsOf(
  docker: Docker,
  container: Pick<ContainerDetails, "Id" | "Name">,
): Promise<string[]> {
  const listed = await docker.listContainers({ all: true });
  const modes = [`container:${container.Id}`, `container:${container.Name}`];
  const sharing = listed.filter(({ HostConfig }) => modes.includes(HostConfig.NetworkMode));
  return sharing.map(({ Names, Id }) => (Names[0] ?? Id).replace(/^\//, ""));
}
