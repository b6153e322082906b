import { stringify } from "yaml";
import type { Configuration, HealthCheck, Mount } from "../contract/index.ts";
import { DEFAULT_NETWORK } from "./networking.ts";

/** A configuration as a Compose file with one service. Networks and volumes are those that exist. */
export function renderCompose(configuration: Configuration): string {
  const name = configuration.name ?? "service";
  const service = name.toLowerCase().replaceAll(/[^a-z0-9_-]/g, "-");
  const volumes = configuration.mounts.flatMap((mount) =>
    mount.type === "volume" && mount.name !== null ? [mount.name] : [],
  );
  return stringify(
    withoutEmpty({
      services: { [service]: withoutEmpty(serviceOf(configuration)) },
      volumes: Object.fromEntries(volumes.map((volume) => [volume, { external: true, name: volume }])),
      networks: Object.fromEntries(
        networkNames(configuration).map((network) => [network, { external: true, name: network }]),
      ),
    }),
    { lineWidth: 0 },
  );
}

function serviceOf(configuration: Configuration): Record<string, unknown> {
  const { advanced, limits } = configuration;
  return {
    image: configuration.image,
    container_name: configuration.name,
    platform: advanced.platform,
    command: literal(configuration.command),
    entrypoint: literal(configuration.entrypoint),
    environment: Object.fromEntries(
      configuration.environment.map(({ name, value }) => [name, dollars(value)]),
    ),
    user: configuration.user,
    working_dir: configuration.workingDirectory,
    ports: configuration.ports.map((port) => ({
      target: port.containerPort,
      ...(port.hostPort === null ? {} : { published: String(port.hostPort) }),
      ...(port.hostIp === "" ? {} : { host_ip: port.hostIp }),
      ...(port.protocol === "tcp" ? {} : { protocol: port.protocol }),
    })),
    expose: configuration.expose.map(({ containerPort, protocol }) =>
      protocol === "tcp" ? String(containerPort) : `${containerPort}/${protocol}`,
    ),
    volumes: configuration.mounts.map(volume),
    volumes_from: configuration.volumesFrom.map((from) => `container:${from}`),
    ...networking(configuration),
    external_links: configuration.links.map(({ container, alias }) => `${container}:${alias}`),
    labels: Object.fromEntries(
      Object.entries(configuration.labels).map(([name, value]) => [name, dollars(value)]),
    ),
    restart: restart(configuration.restart),
    healthcheck: healthCheck(configuration.healthCheck),
    mem_limit: limits.memoryBytes,
    mem_reservation: limits.memoryReservationBytes,
    memswap_limit: limits.memorySwapBytes,
    cpus: limits.cpus,
    cpu_shares: limits.cpuShares,
    cpuset: limits.cpuset,
    pids_limit: limits.processes,
    hostname: advanced.hostname,
    domainname: advanced.domainname,
    privileged: advanced.privileged,
    cap_add: advanced.capAdd,
    cap_drop: advanced.capDrop,
    devices: advanced.devices.map(
      ({ source, containerPath, permissions }) => `${source}:${containerPath}:${permissions}`,
    ),
    dns: advanced.dns,
    dns_search: advanced.dnsSearch,
    extra_hosts: advanced.extraHosts,
    group_add: advanced.groupAdd,
    init: advanced.init,
    ipc: advanced.ipcMode,
    pid: advanced.pidMode,
    read_only: advanced.readOnlyRoot,
    security_opt: advanced.securityOptions,
    shm_size: advanced.shmSizeBytes,
    stop_signal: advanced.stopSignal,
    stop_grace_period: advanced.stopTimeoutSeconds === null ? null : `${advanced.stopTimeoutSeconds}s`,
    sysctls: advanced.sysctls,
    tty: advanced.tty,
    stdin_open: advanced.openStdin,
    ulimits: Object.fromEntries(advanced.ulimits.map(({ name, soft, hard }) => [name, { soft, hard }])),
    logging: advanced.logging,
  };
}

function networking(configuration: Configuration): Record<string, unknown> {
  const { networking: attached } = configuration;
  if (attached.mode === "container") return { network_mode: `container:${attached.container}` };
  if (attached.mode !== "networks") return { network_mode: attached.mode };
  const names = networkNames(configuration);
  if (names.length === 0) return { network_mode: DEFAULT_NETWORK };
  const own = attached.networks.filter(({ name }) => name !== DEFAULT_NETWORK);
  const networks = own.map(({ name, aliases, ipv4Address, ipv6Address }) => {
    const options = withoutEmpty({ aliases, ipv4_address: ipv4Address, ipv6_address: ipv6Address });
    return [name, Object.keys(options).length === 0 ? null : options];
  });
  return { networks: Object.fromEntries(networks) as Record<string, unknown> };
}

/** A Compose file names networks of its own; Docker's default one is a mode. */
function networkNames({ networking: attached }: Configuration): string[] {
  if (attached.mode !== "networks") return [];
  return attached.networks.map(({ name }) => name).filter((name) => name !== DEFAULT_NETWORK);
}

function volume(mount: Mount): object {
  if (mount.type === "tmpfs") {
    const size = mount.sizeBytes === null ? {} : { tmpfs: { size: mount.sizeBytes } };
    return { type: "tmpfs", target: mount.containerPath, ...size };
  }
  const source = mount.type === "bind" ? mount.source : mount.name;
  return {
    type: mount.type,
    ...(source === null ? {} : { source: dollars(source) }),
    target: mount.containerPath,
    ...(mount.readOnly ? { read_only: true } : {}),
  };
}

function restart({ policy, maximumRetries }: Configuration["restart"]): string | null {
  if (policy === "no") return null;
  return policy === "on-failure" && maximumRetries > 0 ? `on-failure:${maximumRetries}` : policy;
}

function healthCheck(check: HealthCheck): object | null {
  if (check.mode === "image") return null;
  if (check.mode === "none") return { disable: true };
  const seconds = (value: number | null) => (value === null ? null : `${value}s`);
  return withoutEmpty({
    test: literal([check.shell ? "CMD-SHELL" : "CMD", ...check.command]),
    interval: seconds(check.intervalSeconds),
    timeout: seconds(check.timeoutSeconds),
    start_period: seconds(check.startPeriodSeconds),
    retries: check.retries,
  });
}

function literal(words: readonly string[] | null): string[] | null {
  return words === null ? null : words.map(dollars);
}

/** Compose replaces `$NAME`; a doubled sign stands for itself. */
function dollars(text: string): string {
  return text.replaceAll("$", "$$$$");
}

/** What is not said: nothing, empty text, no, empty lists and tables. An empty entrypoint says something. */
function withoutEmpty(table: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(table).filter(([name, value]) =>
      name === "entrypoint" ? value !== null : !isEmpty(value),
    ),
  );
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === "" || value === false) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}
