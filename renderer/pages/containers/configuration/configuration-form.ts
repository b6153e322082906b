import type {
  Configuration,
  HealthCheck,
  Mount,
  Networking,
  PortBinding,
} from "../../../../engine/contract/index.ts";
import { quoteWord } from "../../run/shell-words.ts";

interface PortRow extends Pick<PortBinding, "hostIp" | "hostPort" | "protocol"> {
  key: string;
  containerPort: number | null;
}
export interface PairRow {
  key: string;
  name: string;
  value: string;
}
export interface MountRow {
  key: string;
  type: Mount["type"];
  /** Name of a volume, or the folder of a bind; empty: a volume without a name. */
  source: string;
  containerPath: string;
  readOnly: boolean;
  anonymousVolume: string | null;
  sizeMiB: number | null;
}
interface NetworkRow {
  key: string;
  name: string;
  /** Separated by spaces or commas. */
  aliases: string;
  ipv4Address: string;
  ipv6Address: string | null;
}

/** What a person sees of a configuration and changes, complete or not. Words of commands are quoted as in a shell. */
export interface ConfigurationForm {
  image: string;
  command: string;
  entrypointMode: "image" | "none" | "own";
  entrypoint: string;
  user: string;
  workingDirectory: string;
  environment: PairRow[];
  ports: PortRow[];
  publishAll: boolean;
  mounts: MountRow[];
  volumesFrom: string;
  networkMode: Networking["mode"];
  networks: NetworkRow[];
  networkContainer: string;
  links: PairRow[];
  restartPolicy: Configuration["restart"]["policy"];
  maximumRetries: number | null;
  memoryMiB: number | null;
  cpus: number | null;
  processes: number | null;
  healthMode: HealthCheck["mode"];
  healthShell: boolean;
  healthCommand: string;
  intervalSeconds: number | null;
  timeoutSeconds: number | null;
  startPeriodSeconds: number | null;
  retries: number | null;
  labels: PairRow[];
}

export const MIB = 1024 * 1024;

/** Keys tell rows apart while they are edited; they have no meaning. */
export const newKey = (): string => crypto.randomUUID();

const line = (words: readonly string[] | null): string => (words ?? []).map(quoteWord).join(" ");
const pair = (name: string, value: string): PairRow => ({ key: newKey(), name, value });

/** Fills in a form; `readConfiguration` reads the very same configuration back. */
export function formOf(configuration: Configuration): ConfigurationForm {
  const { entrypoint, healthCheck, limits, networking } = configuration;
  const health = healthCheck.mode === "command" ? healthCheck : null;
  return {
    image: configuration.image,
    command: line(configuration.command),
    entrypointMode: entrypoint === null ? "image" : entrypoint.length === 0 ? "none" : "own",
    entrypoint: line(entrypoint),
    user: configuration.user,
    workingDirectory: configuration.workingDirectory,
    environment: configuration.environment.map(({ name, value }) => pair(name, value)),
    ports: configuration.ports.map((port) => ({ key: newKey(), ...port })),
    publishAll: configuration.publishAll,
    mounts: configuration.mounts.map(mountRow),
    volumesFrom: configuration.volumesFrom.join(" "),
    networkMode: networking.mode,
    networks:
      networking.mode === "networks"
        ? networking.networks.map(({ name, aliases, ipv4Address, ipv6Address }) => ({
            key: newKey(),
            name,
            aliases: aliases.join(" "),
            ipv4Address: ipv4Address ?? "",
            ipv6Address,
          }))
        : [],
    networkContainer: networking.mode === "container" ? networking.container : "",
    links: configuration.links.map(({ container, alias }) => pair(container, alias)),
    restartPolicy: configuration.restart.policy,
    maximumRetries: configuration.restart.maximumRetries === 0 ? null : configuration.restart.maximumRetries,
    memoryMiB: limits.memoryBytes === null || limits.memoryBytes === 0 ? null : limits.memoryBytes / MIB,
    cpus: limits.cpus === 0 ? null : limits.cpus,
    processes: limits.processes === null || limits.processes <= 0 ? null : limits.processes,
    healthMode: healthCheck.mode,
    healthShell: health?.shell ?? true,
    healthCommand: health === null ? "" : health.shell ? (health.command[0] ?? "") : line(health.command),
    intervalSeconds: health?.intervalSeconds ?? null,
    timeoutSeconds: health?.timeoutSeconds ?? null,
    startPeriodSeconds: health?.startPeriodSeconds ?? null,
    retries: health?.retries ?? null,
    labels: Object.entries(configuration.labels).map(([name, value]) => pair(name, value)),
  };
}

function mountRow(mount: Mount): MountRow {
  return {
    key: newKey(),
    type: mount.type,
    source: mount.type === "volume" ? (mount.name ?? "") : mount.type === "bind" ? mount.source : "",
    containerPath: mount.containerPath,
    readOnly: mount.type === "tmpfs" ? false : mount.readOnly,
    anonymousVolume: mount.type === "volume" ? mount.anonymousVolume : null,
    sizeMiB: mount.type === "tmpfs" && mount.sizeBytes !== null ? mount.sizeBytes / MIB : null,
  };
}
