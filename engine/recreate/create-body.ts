import type { Configuration, HealthCheck, PortBinding } from "../contract/index.ts";
import type { ContainerDetails } from "./details.ts";
import { mountOptions } from "./mounts.ts";
import { networkOptions } from "./networking.ts";

const NANO = 1e9;

/**
 * Docker's request to create a container. What the container in whose place it comes has beyond a configuration
 * (block I/O weights, device requests, …) is taken over.
 */
export function createBody(
  configuration: Configuration,
  old: ContainerDetails | null,
  berthLabels: Record<string, string> = {},
): object {
  const { advanced } = configuration;
  const { EndpointsConfig, ...network } = networkOptions(configuration);
  return {
    Image: configuration.image,
    ...(configuration.command === null ? {} : { Cmd: configuration.command }),
    ...(configuration.entrypoint === null ? {} : { Entrypoint: entrypoint(configuration.entrypoint) }),
    Env: configuration.environment.map(({ name, value }) => `${name}=${value}`),
    ...given("User", configuration.user),
    ...given("WorkingDir", configuration.workingDirectory),
    ...given("Hostname", advanced.hostname),
    ...given("Domainname", advanced.domainname),
    ...given("StopSignal", advanced.stopSignal),
    ...(advanced.stopTimeoutSeconds === null ? {} : { StopTimeout: advanced.stopTimeoutSeconds }),
    Tty: advanced.tty,
    OpenStdin: advanced.openStdin,
    StdinOnce: old?.Config.StdinOnce ?? false,
    Labels: { ...configuration.labels, ...berthLabels },
    ExposedPorts: Object.fromEntries(
      [...configuration.ports, ...configuration.expose].map((port) => [portKey(port), {}]),
    ),
    ...healthCheck(configuration.healthCheck),
    HostConfig: {
      ...kept(configuration, old),
      ...mountOptions(configuration.mounts, old),
      ...network,
      ...hostOptions(configuration),
    },
    NetworkingConfig: { EndpointsConfig },
  };
}

/** To Docker an empty list means the image's, a list with an empty word means none. */
function entrypoint(words: string[]): string[] {
  return words.length === 0 ? [""] : words;
}

function hostOptions(configuration: Configuration): object {
  const { advanced, limits, restart } = configuration;
  return {
    PortBindings: portBindings(configuration.ports),
    PublishAllPorts: configuration.publishAll,
    RestartPolicy: {
      Name: restart.policy,
      MaximumRetryCount: restart.policy === "on-failure" ? restart.maximumRetries : 0,
    },
    AutoRemove: configuration.autoRemove,
    VolumesFrom: configuration.volumesFrom,
    Memory: limits.memoryBytes ?? 0,
    MemoryReservation: limits.memoryReservationBytes ?? 0,
    MemorySwap: limits.memorySwapBytes ?? 0,
    NanoCpus: Math.round((limits.cpus ?? 0) * NANO),
    CpuShares: limits.cpuShares ?? 0,
    CpusetCpus: limits.cpuset,
    PidsLimit: limits.processes ?? 0,
    Privileged: advanced.privileged,
    CapAdd: advanced.capAdd,
    CapDrop: advanced.capDrop,
    Devices: advanced.devices.map(({ source, containerPath, permissions }) => ({
      PathOnHost: source,
      PathInContainer: containerPath,
      CgroupPermissions: permissions,
    })),
    Dns: advanced.dns,
    DnsSearch: advanced.dnsSearch,
    ExtraHosts: advanced.extraHosts,
    GroupAdd: advanced.groupAdd,
    ...(advanced.init === null ? {} : { Init: advanced.init }),
    ...given("IpcMode", advanced.ipcMode),
    ...given("PidMode", advanced.pidMode),
    ReadonlyRootfs: advanced.readOnlyRoot,
    SecurityOpt: advanced.securityOptions,
    ...(advanced.shmSizeBytes === null ? {} : { ShmSize: advanced.shmSizeBytes }),
    Sysctls: advanced.sysctls,
    Ulimits: advanced.ulimits.map(({ name, soft, hard }) => ({ Name: name, Soft: soft, Hard: hard })),
    ...(advanced.logging === null
      ? {}
      : { LogConfig: { Type: advanced.logging.driver, Config: advanced.logging.options } }),
  };
}

/** Options that a configuration decides, by being there or not. */
const decided = [
  "Init",
  "IpcMode",
  "PidMode",
  "ShmSize",
  "LogConfig",
  "Binds",
  "Mounts",
  "Tmpfs",
  "ContainerIDFile",
];

function kept(configuration: Configuration, old: ContainerDetails | null): Record<string, unknown> {
  if (old === null) return {};
  const rest = Object.entries(old.HostConfig).filter(
    ([name, value]) => !decided.includes(name) && value !== null,
  );
  const options: Record<string, unknown> = Object.fromEntries(rest);
  // The two ways to say the same exclude each other.
  if (configuration.limits.cpus !== null) {
    delete options["CpuPeriod"];
    delete options["CpuQuota"];
  }
  // Docker fills these in by whether a container is privileged.
  if (configuration.advanced.privileged !== old.HostConfig.Privileged) {
    delete options["MaskedPaths"];
    delete options["ReadonlyPaths"];
  }
  // False is Docker's default, but saying so earns a warning.
  if (options["OomKillDisable"] === false) delete options["OomKillDisable"];
  return options;
}

function portBindings(ports: PortBinding[]): Record<string, { HostIp: string; HostPort: string }[]> {
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const port of ports) {
    const list = (bindings[portKey(port)] ??= []);
    list.push({ HostIp: port.hostIp, HostPort: String(port.hostPort ?? "") });
  }
  return bindings;
}

function portKey({ containerPort, protocol }: { containerPort: number; protocol: string }): string {
  return `${containerPort}/${protocol}`;
}

function healthCheck(check: HealthCheck): object {
  if (check.mode === "image") return {};
  if (check.mode === "none") return { Healthcheck: { Test: ["NONE"] } };
  const nanoseconds = (seconds: number | null) => Math.round((seconds ?? 0) * NANO);
  return {
    Healthcheck: {
      Test: [check.shell ? "CMD-SHELL" : "CMD", ...check.command],
      Interval: nanoseconds(check.intervalSeconds),
      Timeout: nanoseconds(check.timeoutSeconds),
      StartPeriod: nanoseconds(check.startPeriodSeconds),
      Retries: check.retries ?? 0,
    },
  };
}

function given(name: string, value: string): object {
  return value === "" ? {} : { [name]: value };
}
