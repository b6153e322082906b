import {
  type ContainerSummary,
  containerStateSchema,
  type ImageSummary,
  type PortBinding,
} from "../contract/index.ts";
import type { ContainerAnswer, ImageAnswer, ListedContainerAnswer } from "./answers.ts";

/** Docker writes this for "never". */
const never = "0001-01-01T00:00:00Z";

/** One row of the container list, out of Docker's description of the container. */
export function containerSummary(info: ContainerAnswer): ContainerSummary {
  const labels = info.Config.Labels;
  const state = containerStateSchema.safeParse(info.State.Status);
  const ended = info.State.Status === "exited" || info.State.Status === "dead";
  return {
    id: info.Id,
    name: info.Name.replace(/^\//, ""),
    image: info.Config.Image,
    imageId: info.Image,
    command: [info.Path, ...info.Args].join(" "),
    createdAt: instant(info.Created) ?? new Date(0).toISOString(),
    startedAt: instant(info.State.StartedAt),
    finishedAt: instant(info.State.FinishedAt),
    state: state.success ? state.data : "dead",
    exitCode: ended ? info.State.ExitCode : null,
    health: healthOf(info),
    ports: portsOf(info),
    // An empty label takes back what an image brings.
    project: labels["com.docker.compose.project"] || null,
    service: labels["com.docker.compose.service"] || null,
    autoRemove: info.HostConfig.AutoRemove ?? false,
    labels,
  };
}

/**
 * The same row out of Docker's list of containers, which is one request for any number of them but tells no times,
 * and of ports only those that are bound.
 */
export function listedContainer(info: ListedContainerAnswer): ContainerSummary {
  const state = containerStateSchema.safeParse(info.State);
  const exited = /^Exited \((\d+)\)/.exec(info.Status)?.[1];
  const health = /\((?:health: )?(starting|healthy|unhealthy)\)$/.exec(info.Status)?.[1];
  const bound = info.Ports.map(({ IP, PrivatePort, PublicPort, Type }) => ({
    port: `${PrivatePort}/${Type}`,
    binding: PublicPort ? [{ HostIp: IP, HostPort: String(PublicPort) }] : [],
  }));
  return {
    id: info.Id,
    name: (info.Names[0] ?? info.Id.slice(0, 12)).replace(/^\//, ""),
    image: info.Image,
    imageId: info.ImageID,
    command: info.Command,
    createdAt: new Date(info.Created * 1000).toISOString(),
    startedAt: null,
    finishedAt: null,
    state: state.success ? state.data : "dead",
    exitCode: exited === undefined ? null : Number(exited),
    health: health === "starting" || health === "healthy" || health === "unhealthy" ? health : null,
    ports: withoutDuplicates(bound.flatMap(({ port, binding }) => bindingsOf(port, binding))),
    project: info.Labels["com.docker.compose.project"] || null,
    service: info.Labels["com.docker.compose.service"] || null,
    autoRemove: false,
    labels: info.Labels,
  };
}

export function imageSummary(image: ImageAnswer, usedBy: string[]): ImageSummary {
  return {
    id: image.Id,
    tags: image.RepoTags.filter((tag) => tag !== "<none>:<none>"),
    digests: image.RepoDigests.filter((digest) => digest !== "<none>@<none>"),
    createdAt: new Date(Math.max(0, image.Created) * 1000).toISOString(),
    sizeBytes: Math.max(0, image.Size),
    sharedBytes: (image.SharedSize ?? -1) < 0 ? null : (image.SharedSize ?? null),
    usedBy,
  };
}

function instant(text: string): string | null {
  if (text === "" || text === never) return null;
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? null : time.toISOString();
}

function healthOf(info: ContainerAnswer): ContainerSummary["health"] {
  const status = info.State.Health?.Status;
  return status === "starting" || status === "healthy" || status === "unhealthy" ? status : null;
}

/** The ports as they are bound while the container runs, as they were asked for otherwise. */
function portsOf(info: ContainerAnswer): PortBinding[] {
  const unpublished = Object.fromEntries(Object.keys(info.Config.ExposedPorts).map((port) => [port, []]));
  const table = info.State.Running
    ? info.NetworkSettings.Ports
    : { ...unpublished, ...info.HostConfig.PortBindings };
  return withoutDuplicates(Object.entries(table).flatMap(([port, bound]) => bindingsOf(port, bound)));
}

function bindingsOf(port: string, bound: { HostIp: string; HostPort: string }[]): PortBinding[] {
  const [number, protocol] = port.split("/");
  const containerPort = Number(number);
  if (protocol !== "tcp" && protocol !== "udp" && protocol !== "sctp") return [];
  if (!Number.isInteger(containerPort) || containerPort < 1) return [];
  if (bound.length === 0) return [{ hostIp: "", hostPort: null, containerPort, protocol }];
  return bound.map((binding) => ({
    hostIp: isEveryAddress(binding.HostIp) ? "" : binding.HostIp,
    hostPort: Number(binding.HostPort) || null,
    containerPort,
    protocol,
  }));
}

function isEveryAddress(address: string): boolean {
  return address === "" || address === "0.0.0.0" || address === "::";
}

/** Docker lists IPv4 and IPv6 apart; for us "everywhere" is one. */
function withoutDuplicates(bindings: PortBinding[]): PortBinding[] {
  const seen = new Map(bindings.map((one) => [JSON.stringify(one), one]));
  return [...seen.values()].sort((a, b) => a.containerPort - b.containerPort);
}
