import type { Configuration, HealthCheck, Mount } from "../contract/index.ts";
import { DEFAULT_NETWORK } from "./networking.ts";
import { shellQuote } from "./shell-quote.ts";

type Part = readonly [flag: string, ...words: string[]];

/** A configuration as the `docker run` line that makes the same container. */
export function renderDockerRun(configuration: Configuration): string {
  const { entrypoint, command } = configuration;
  // The command line takes one word as entrypoint; further ones come before the command.
  const [program, ...further] = entrypoint ?? [];
  const parts: Part[] = [
    ...option("--name", configuration.name ?? ""),
    ...flag("--rm", configuration.autoRemove),
    ...restart(configuration.restart),
    ...ports(configuration),
    ...configuration.environment.map(({ name, value }): Part => ["--env", `${name}=${value}`]),
    ...configuration.mounts.map(mount),
    ...configuration.volumesFrom.map((name): Part => ["--volumes-from", name]),
    ...networking(configuration),
    ...option("--user", configuration.user),
    ...option("--workdir", configuration.workingDirectory),
    ...limits(configuration.limits),
    ...healthCheck(configuration.healthCheck),
    ...advanced(configuration.advanced),
    ...Object.entries(configuration.labels).map(([name, value]): Part => ["--label", `${name}=${value}`]),
    ...(entrypoint === null ? [] : ([["--entrypoint", program ?? ""]] as const)),
  ];
  const words = (list: readonly string[]) => list.map(shellQuote).join(" ");
  const tail = words([configuration.image, ...further, ...(command ?? [])]);
  return ["docker run --detach", ...parts.map(words), tail].join(" \\\n  ");
}

function ports(configuration: Configuration): Part[] {
  const published = configuration.ports.map((port): Part => {
    const address =
      port.hostIp === "" ? "" : `${port.hostIp.includes(":") ? `[${port.hostIp}]` : port.hostIp}:`;
    const host = port.hostPort === null ? (address === "" ? "" : ":") : `${port.hostPort}:`;
    return ["--publish", `${address}${host}${port.containerPort}${protocolSuffix(port.protocol)}`];
  });
  const exposed = configuration.expose.map((port): Part => [
    "--expose",
    `${port.containerPort}${protocolSuffix(port.protocol)}`,
  ]);
  return [...published, ...flag("--publish-all", configuration.publishAll), ...exposed];
}

function protocolSuffix(protocol: string): string {
  return protocol === "tcp" ? "" : `/${protocol}`;
}

function mount(one: Mount): Part {
  if (one.type === "tmpfs") {
    return [
      "--tmpfs",
      one.sizeBytes === null ? one.containerPath : `${one.containerPath}:size=${one.sizeBytes}`,
    ];
  }
  const source = one.type === "bind" ? one.source : (one.name ?? "");
  const readOnly = one.readOnly ? ":ro" : "";
  if (source === "") return ["--volume", `${one.containerPath}${readOnly}`];
  const colons = source.includes(":") || one.containerPath.includes(":");
  if (!colons) return ["--volume", `${source}:${one.containerPath}${readOnly}`];
  const fields = [`type=${one.type}`, `source=${source}`, `target=${one.containerPath}`];
  return ["--mount", [...fields, ...(one.readOnly ? ["readonly"] : [])].join(",")];
}

function networking({ networking: attached, links }: Configuration): Part[] {
  const linked = links.map(({ container, alias }): Part => [
    "--link",
    alias === container ? container : `${container}:${alias}`,
  ]);
  if (attached.mode === "container") return [["--network", `container:${attached.container}`], ...linked];
  if (attached.mode !== "networks") return [["--network", attached.mode], ...linked];
  const networks = attached.networks.flatMap(({ name, aliases, ipv4Address, ipv6Address }): Part[] => {
    if (name === DEFAULT_NETWORK && attached.networks.length === 1) return [];
    const fields = [
      `name=${name}`,
      ...aliases.map((alias) => `alias=${alias}`),
      ...(ipv4Address === null ? [] : [`ip=${ipv4Address}`]),
      ...(ipv6Address === null ? [] : [`ip6=${ipv6Address}`]),
    ];
    return [["--network", fields.length === 1 ? name : fields.join(",")]];
  });
  return [...networks, ...linked];
}

function restart({ policy, maximumRetries }: Configuration["restart"]): Part[] {
  if (policy === "no") return [];
  const retries = policy === "on-failure" && maximumRetries > 0 ? `:${maximumRetries}` : "";
  return [["--restart", `${policy}${retries}`]];
}

function limits(limit: Configuration["limits"]): Part[] {
  return [
    ...amount("--memory", limit.memoryBytes),
    ...amount("--memory-reservation", limit.memoryReservationBytes),
    ...amount("--memory-swap", limit.memorySwapBytes),
    ...amount("--cpus", limit.cpus),
    ...amount("--cpu-shares", limit.cpuShares),
    ...option("--cpuset-cpus", limit.cpuset),
    ...amount("--pids-limit", limit.processes),
  ];
}

function healthCheck(check: HealthCheck): Part[] {
  if (check.mode === "image") return [];
  if (check.mode === "none") return [["--no-healthcheck"]];
  // The command line knows the shell's form only.
  const line = check.shell ? check.command.join(" ") : check.command.map(shellQuote).join(" ");
  const seconds = (name: string, value: number | null) => (value === null ? [] : option(name, `${value}s`));
  return [
    ["--health-cmd", line],
    ...seconds("--health-interval", check.intervalSeconds),
    ...seconds("--health-timeout", check.timeoutSeconds),
    ...seconds("--health-start-period", check.startPeriodSeconds),
    ...amount("--health-retries", check.retries),
  ];
}

function advanced(more: Configuration["advanced"]): Part[] {
  const each = (name: string, values: readonly string[]) => values.map((value): Part => [name, value]);
  const table = (values: Record<string, string>) =>
    Object.entries(values).map(([name, value]) => `${name}=${value}`);
  return [
    ...option("--hostname", more.hostname),
    ...option("--domainname", more.domainname),
    ...flag("--privileged", more.privileged),
    ...each("--cap-add", more.capAdd),
    ...each("--cap-drop", more.capDrop),
    ...each(
      "--device",
      more.devices.map(
        ({ source, containerPath, permissions }) => `${source}:${containerPath}:${permissions}`,
      ),
    ),
    ...each("--dns", more.dns),
    ...each("--dns-search", more.dnsSearch),
    ...each("--add-host", more.extraHosts),
    ...each("--group-add", more.groupAdd),
    ...(more.init === null ? [] : ([[more.init ? "--init" : "--init=false"]] as const)),
    ...option("--ipc", more.ipcMode),
    ...option("--pid", more.pidMode),
    ...flag("--read-only", more.readOnlyRoot),
    ...each("--security-opt", more.securityOptions),
    ...amount("--shm-size", more.shmSizeBytes),
    ...option("--stop-signal", more.stopSignal),
    ...amount("--stop-timeout", more.stopTimeoutSeconds),
    ...each("--sysctl", table(more.sysctls)),
    ...flag("--tty", more.tty),
    ...flag("--interactive", more.openStdin),
    ...each(
      "--ulimit",
      more.ulimits.map(({ name, soft, hard }) => `${name}=${soft}:${hard}`),
    ),
    ...(more.logging === null
      ? []
      : [["--log-driver", more.logging.driver] as const, ...each("--log-opt", table(more.logging.options))]),
    ...option("--platform", more.platform),
  ];
}

function option(name: string, value: string): Part[] {
  return value === "" ? [] : [[name, value]];
}

function amount(name: string, value: number | null): Part[] {
  return value === null ? [] : [[name, String(value)]];
}

function flag(name: string, on: boolean): Part[] {
  return on ? [[name]] : [];
}
