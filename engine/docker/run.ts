import type Docker from "dockerode";
import type { ContainerCreateOptions } from "dockerode";
import type { z } from "zod";
import type { RunSpec } from "../contract/index.ts";
import type { Logger } from "../vm.ts";
import { createdAnswer } from "./answers.ts";
import { postJson } from "./client.ts";
import { dockerStatus } from "./errors.ts";

export interface RunHost {
  docker: Docker;
  logger: Logger;
  /** Gives every binding a host port that is free, or throws naming who holds it. */
  reservePorts(ports: RunSpec["ports"]): Promise<RunSpec["ports"]>;
  /** Makes an image present. */
  pull(reference: string): Promise<void>;
}

/**
 * Creates and starts a container, pulling its image where that is missing. A container that cannot be
 * started is removed again.
 */
export async function runContainer(
  host: RunHost,
  spec: RunSpec,
): Promise<{ id: string; warnings: string[] }> {
  const ports = await host.reservePorts(spec.ports);
  if (!(await isPresent(host.docker, spec.image))) await host.pull(spec.image);
  const created = await create(host.docker, { ...spec, ports });
  const container = host.docker.getContainer(created.Id);
  try {
    await container.start();
  } catch (error) {
    // With auto-removal Docker may have been faster.
    await container.remove({ force: true, v: true }).catch((cleanup: unknown) => {
      if (dockerStatus(cleanup) !== 404)
        host.logger.warn("container left behind", { id: container.id, cleanup });
    });
    throw error;
  }
  return { id: created.Id, warnings: created.Warnings };
}

/** Asked for directly: the client library keeps Docker's warnings to itself. */
async function create(docker: Docker, spec: RunSpec): Promise<z.infer<typeof createdAnswer>> {
  const answer = await postJson(docker, {
    path: "/containers/create",
    query: spec.name === undefined ? {} : { name: spec.name },
    body: createOptions(spec),
  });
  return createdAnswer.parse(answer);
}

async function isPresent(docker: Docker, reference: string): Promise<boolean> {
  try {
    await docker.getImage(reference).inspect();
    return true;
  } catch (error) {
    if (dockerStatus(error) === 404) return false;
    throw error;
  }
}

function createOptions(spec: RunSpec): ContainerCreateOptions {
  const portKey = (port: RunSpec["ports"][number]) => `${port.containerPort}/${port.protocol}`;
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const port of spec.ports) {
    const list = (bindings[portKey(port)] ??= []);
    list.push({ HostIp: port.hostIp, HostPort: String(port.hostPort ?? "") });
  }
  return {
    Image: spec.image,
    ...(spec.command === undefined || spec.command.length === 0 ? {} : { Cmd: spec.command }),
    Env: spec.environment.map(({ name, value }) => `${name}=${value}`),
    ExposedPorts: Object.fromEntries(spec.ports.map((port) => [portKey(port), {}])),
    HostConfig: {
      PortBindings: bindings,
      AutoRemove: spec.autoRemove,
      RestartPolicy: { Name: spec.autoRemove ? "no" : spec.restartPolicy },
      // Mounts take volume and path as data; the short `a:b:ro` form would be taken apart at its colons.
      Mounts: spec.volumes.map(({ volume, containerPath, readOnly }) => ({
        Type: volume.startsWith("/") ? ("bind" as const) : ("volume" as const),
        Source: volume,
        Target: containerPath,
        ReadOnly: readOnly,
      })),
    },
  };
}
