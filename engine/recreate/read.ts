import type { Configuration, HealthCheck, PortBinding } from "../contract/index.ts";
import { withoutBerthLabels } from "./berth-labels.ts";
import type { ContainerDetails, HealthAnswer, ImageDetails } from "./details.ts";
import { readMounts } from "./mounts.ts";
import { readLinks, readNetworking } from "./networking.ts";

const DEFAULT_SHM_BYTES = 64 * 2 ** 20;
const NANO = 1e9;
/** How dockerd in the guest is set (docs/guest-image.md). */
const DEFAULT_LOGGING = { driver: "json-file", options: { "max-size": "10m", "max-file": "3" } };

type ImageConfig = NonNullable<ImageDetails["Config"]>;
const noImage: ImageConfig = {
  Cmd: null,
  Entrypoint: null,
  User: "",
  WorkingDir: "",
  Env: [],
  ExposedPorts: [],
  Volumes: [],
  Labels: {},
  Healthcheck: null,
  StopSignal: "",
};

/** What a container was made of. What it has from its image is left out, so that another image can bring its own. */
export function readConfiguration(container: ContainerDetails, image: ImageDetails | null): Configuration {
  const { Config: config, HostConfig: host } = container;
  const inherited = image?.Config ?? noImage;
  const ports = Object.entries(host.PortBindings).flatMap(([port, bindings]) =>
    publishedPorts(port, bindings),
  );
  return {
    name: container.Name,
    image: config.Image,
    command: sameList(config.Cmd, inherited.Cmd) ? null : config.Cmd,
    entrypoint: sameList(config.Entrypoint, inherited.Entrypoint) ? null : (config.Entrypoint ?? []),
    environment: config.Env.filter((entry) => !inherited.Env.includes(entry)).map(variable),
    user: config.User === inherited.User ? "" : config.User,
    workingDirectory: config.WorkingDir === inherited.WorkingDir ? "" : config.WorkingDir,
    ports,
    publishAll: host.PublishAllPorts,
    expose: config.ExposedPorts.filter((port) => !inherited.ExposedPorts.includes(port))
      .flatMap(exposedPort)
      .filter((port) => !ports.some((other) => samePort(port, other))),
    mounts: readMounts(container),
    volumesFrom: host.VolumesFrom,
    networking: readNetworking(container),
    links: readLinks(container),
    labels: ownLabels(config.Labels, inherited.Labels),
    restart: {
      policy: restartPolicy(host.RestartPolicy.Name),
      maximumRetries: host.RestartPolicy.MaximumRetryCount,
    },
    autoRemove: host.AutoRemove,
    limits: {
      memoryBytes: host.Memory || null,
      memoryReservationBytes: host.MemoryReservation || null,
      // Twice the memory is what Docker makes of no wish.
      memorySwapBytes: host.MemorySwap === 2 * host.Memory ? null : host.MemorySwap || null,
      cpus: host.NanoCpus === 0 ? null : host.NanoCpus / NANO,
      cpuShares: host.CpuShares || null,
      cpuset: host.CpusetCpus,
      processes: host.PidsLimit || null,
    },
    healthCheck: readHealthCheck(config.Healthcheck, inherited.Healthcheck),
    advanced: readAdvanced(container, inherited),
  };
}

/** `80/tcp` */
export function exposedPort(text: string): { containerPort: number; protocol: "tcp" | "udp" | "sctp" }[] {
  const [number, protocol = "tcp"] = text.split("/");
  const containerPort = Number(number);
  if (protocol !== "tcp" && protocol !== "udp" && protocol !== "sctp") return [];
  return Number.isInteger(containerPort) && containerPort > 0 ? [{ containerPort, protocol }] : [];
}

/** `NAME=value` */
export function variable(entry: string): { name: string; value: string } {
  const at = entry.indexOf("=");
  return at === -1 ? { name: entry, value: "" } : { name: entry.slice(0, at), value: entry.slice(at + 1) };
}

function readAdvanced(container: ContainerDetails, image: ImageConfig): Configuration["advanced"] {
  const { Config: config, HostConfig: host } = container;
  const { Type: driver, Config: options } = host.LogConfig;
  const logging = { driver, options };
  return {
    hostname:
      config.Hostname === container.Id.slice(0, 12) || host.NetworkMode === "host" ? "" : config.Hostname,
    domainname: config.Domainname,
    privileged: host.Privileged,
    capAdd: host.CapAdd,
    capDrop: host.CapDrop,
    devices: host.Devices.map(({ PathOnHost, PathInContainer, CgroupPermissions }) => ({
      source: PathOnHost,
      containerPath: PathInContainer,
      permissions: CgroupPermissions,
    })),
    dns: host.Dns,
    dnsSearch: host.DnsSearch,
    extraHosts: host.ExtraHosts,
    groupAdd: host.GroupAdd,
    init: host.Init,
    ipcMode: host.IpcMode === "private" ? "" : host.IpcMode,
    pidMode: host.PidMode,
    readOnlyRoot: host.ReadonlyRootfs,
    securityOptions: host.SecurityOpt,
    shmSizeBytes: host.ShmSize === DEFAULT_SHM_BYTES ? null : host.ShmSize || null,
    stopSignal: config.StopSignal === image.StopSignal ? "" : config.StopSignal,
    stopTimeoutSeconds: config.StopTimeout ?? null,
    sysctls: host.Sysctls,
    tty: config.Tty,
    openStdin: config.OpenStdin,
    ulimits: host.Ulimits.map(({ Name, Soft, Hard }) => ({ name: Name, soft: Soft, hard: Hard })),
    logging: driver === "" || isDefaultLogging(logging) ? null : logging,
    platform: "",
  };
}

function isDefaultLogging({ driver, options }: typeof DEFAULT_LOGGING | { driver: string; options: object }) {
  if (driver !== DEFAULT_LOGGING.driver) return false;
  const names = Object.keys(options);
  return names.length === 0 || sameTable(options, DEFAULT_LOGGING.options);
}

function publishedPorts(port: string, bindings: { HostIp: string; HostPort: string }[]): PortBinding[] {
  return exposedPort(port).flatMap((exposed) =>
    bindings.map(({ HostIp, HostPort }) => ({
      hostIp: HostIp === "0.0.0.0" || HostIp === "::" ? "" : HostIp,
      hostPort: Number(HostPort) || null,
      ...exposed,
    })),
  );
}

function readHealthCheck(check: HealthAnswer, inherited: HealthAnswer): HealthCheck {
  if (check === null || sameTable(check, inherited)) return { mode: "image" };
  const [kind = "", ...command] = check.Test;
  if (kind === "NONE") return { mode: "none" };
  const words = command.length > 0 ? { kind, command } : testOf(inherited);
  if (words === null) return { mode: "image" };
  const seconds = (nanoseconds: number) => (nanoseconds === 0 ? null : nanoseconds / NANO);
  return {
    mode: "command",
    shell: words.kind === "CMD-SHELL",
    command: words.command,
    intervalSeconds: seconds(check.Interval),
    timeoutSeconds: seconds(check.Timeout),
    startPeriodSeconds: seconds(check.StartPeriod),
    retries: check.Retries || null,
  };
}

/** A check without a command of its own changes the times of the image's. */
function testOf(check: HealthAnswer): { kind: string; command: string[] } | null {
  const [kind, ...command] = check?.Test ?? [];
  return kind === undefined || command.length === 0 ? null : { kind, command };
}

function ownLabels(
  labels: Record<string, string>,
  inherited: Record<string, string>,
): Record<string, string> {
  const own = Object.entries(labels).filter(([name, value]) => inherited[name] !== value);
  return withoutBerthLabels(Object.fromEntries(own));
}

function restartPolicy(name: string): Configuration["restart"]["policy"] {
  return name === "always" || name === "unless-stopped" || name === "on-failure" ? name : "no";
}

function samePort(
  a: { containerPort: number; protocol: string },
  b: { containerPort: number; protocol: string },
): boolean {
  return a.containerPort === b.containerPort && a.protocol === b.protocol;
}

/** To Docker an empty list is none. */
function sameList(a: readonly string[] | null, b: readonly string[] | null): boolean {
  return JSON.stringify(a ?? []) === JSON.stringify(b ?? []);
}

function sameTable(a: object | null, b: object | null): boolean {
  const sorted = (table: object | null) => JSON.stringify(Object.entries(table ?? {}).sort());
  return sorted(a) === sorted(b);
}
