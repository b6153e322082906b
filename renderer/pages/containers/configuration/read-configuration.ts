import { type Configuration, configurationSchema } from "../../../../engine/contract/index.ts";
import { splitWords } from "../../run/shell-words.ts";
import { type ConfigurationForm, MIB, type MountRow, type PairRow } from "./configuration-form.ts";

/** What a form says, or what is wrong with it, by field ("image") or row ("ports:<key>"). */
interface ReadConfiguration {
  configuration: Configuration | null;
  problems: ReadonlyMap<string, string>;
}

const OPEN_QUOTE = "A quote is not closed.";

/** Reads a form; what it does not show is taken from `base`. Rows left blank do not count. */
export function readConfiguration(form: ConfigurationForm, base: Configuration): ReadConfiguration {
  const rows = {
    environment: filled(form.environment),
    ports: form.ports.filter(({ hostPort, containerPort }) => hostPort !== null || containerPort !== null),
    mounts: form.mounts.filter(({ source, containerPath }) => source !== "" || containerPath !== ""),
    networks: form.networks.filter(({ name }) => name.trim() !== ""),
    links: filled(form.links),
    labels: filled(form.labels),
  };
  const command = splitWords(form.command);
  const entrypoint = splitWords(form.entrypoint);
  const health = form.healthShell ? [form.healthCommand] : splitWords(form.healthCommand);
  const problems = new Map<string, string>();
  if (command === null) problems.set("command", OPEN_QUOTE);
  if (form.entrypointMode === "own") {
    if (entrypoint === null) problems.set("entrypoint", OPEN_QUOTE);
    else if (entrypoint.length === 0) problems.set("entrypoint", "Write the program, or choose another way.");
  }
  if (form.healthMode === "command") {
    if (health === null) problems.set("healthCheck", OPEN_QUOTE);
    else if (form.healthCommand.trim() === "") problems.set("healthCheck", "Write the command that checks.");
  }
  for (const key of ["environment", "labels"] as const) tellRepeated(key, rows[key], problems);
  for (const row of rows.links)
    if (row.name === "" || row.value === "")
      problems.set(`links:${row.key}`, "Name a container and an alias.");
  for (const row of rows.ports) {
    const twin = rows.ports.find(
      (other) =>
        other !== row &&
        row.hostPort !== null &&
        other.hostPort === row.hostPort &&
        other.hostIp === row.hostIp &&
        other.protocol === row.protocol,
    );
    if (twin !== undefined) problems.set(`ports:${row.key}`, `${row.hostPort ?? ""} is here twice.`);
  }

  const parsed = configurationSchema.safeParse({
    ...base,
    image: form.image.trim(),
    command: command === null || command.length === 0 ? (base.command?.length === 0 ? [] : null) : command,
    entrypoint: form.entrypointMode === "image" ? null : form.entrypointMode === "none" ? [] : entrypoint,
    user: form.user.trim(),
    workingDirectory: form.workingDirectory.trim(),
    environment: rows.environment.map(({ name, value }) => ({ name: name.trim(), value })),
    ports: rows.ports.map(({ key: _, ...port }) => port),
    publishAll: form.publishAll,
    mounts: rows.mounts.map((row) => mountOf(row)),
    volumesFrom: listed(form.volumesFrom),
    networking: networkingOf(form, rows.networks),
    links: rows.links.map(({ name, value }) => ({ container: name.trim(), alias: value.trim() })),
    labels: Object.fromEntries(rows.labels.map(({ name, value }) => [name.trim(), value])),
    restart: {
      policy: form.restartPolicy,
      maximumRetries: form.restartPolicy === "on-failure" ? (form.maximumRetries ?? 0) : 0,
    },
    limits: limitsOf(form, base),
    healthCheck:
      form.healthMode === "command"
        ? {
            mode: "command",
            shell: form.healthShell,
            command: health ?? [""],
            intervalSeconds: form.intervalSeconds,
            timeoutSeconds: form.timeoutSeconds,
            startPeriodSeconds: form.startPeriodSeconds,
            retries: form.retries,
          }
        : { mode: form.healthMode },
  });
  for (const { path, message } of parsed.error?.issues ?? []) {
    const at = placeOf(path, rows);
    if (!problems.has(at)) problems.set(at, wordsOf(at, message));
  }
  return { configuration: parsed.success && problems.size === 0 ? parsed.data : null, problems };
}

function filled(rows: readonly PairRow[]): PairRow[] {
  return rows.filter(({ name, value }) => name.trim() !== "" || value !== "");
}

function listed(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => word !== "");
}

function tellRepeated(field: string, rows: readonly PairRow[], problems: Map<string, string>): void {
  rows.forEach((row, index) => {
    const name = row.name.trim();
    if (name === "") problems.set(`${field}:${row.key}`, "It needs a name.");
    else if (rows.findIndex((other) => other.name.trim() === name) < index)
      problems.set(`${field}:${row.key}`, `${name} is here twice.`);
  });
}

function mountOf(row: MountRow): unknown {
  const { containerPath, readOnly } = row;
  const source = row.source.trim();
  const path = containerPath.trim();
  if (row.type === "tmpfs")
    return {
      type: "tmpfs",
      containerPath: path,
      sizeBytes: row.sizeMiB === null ? null : Math.round(row.sizeMiB * MIB),
    };
  if (row.type === "bind") return { type: "bind", source, containerPath: path, readOnly };
  const name = source === "" ? null : source;
  // The nameless volume that is there now stays, unless a volume with a name takes its place.
  const anonymousVolume = name === null ? row.anonymousVolume : null;
  return { type: "volume", name, containerPath: path, readOnly, anonymousVolume };
}

function networkingOf(form: ConfigurationForm, networks: ConfigurationForm["networks"]): unknown {
  if (form.networkMode === "container") return { mode: "container", container: form.networkContainer.trim() };
  if (form.networkMode !== "networks") return { mode: form.networkMode };
  return {
    mode: "networks",
    networks: networks.map(({ name, aliases, ipv4Address, ipv6Address }) => ({
      name: name.trim(),
      aliases: listed(aliases),
      ipv4Address: ipv4Address.trim() === "" ? null : ipv4Address.trim(),
      ipv6Address,
    })),
  };
}

/** A limit that stays blank stays what it was: none may be written as null, 0 or -1. */
function limitsOf(form: ConfigurationForm, { limits }: Configuration): unknown {
  const none = (before: number | null): number | null => (before !== null && before > 0 ? null : before);
  return {
    ...limits,
    memoryBytes: form.memoryMiB === null ? none(limits.memoryBytes) : Math.round(form.memoryMiB * MIB),
    cpus: form.cpus ?? none(limits.cpus),
    processes: form.processes ?? none(limits.processes),
  };
}

function placeOf(
  path: readonly PropertyKey[],
  rows: Readonly<Record<string, readonly { key: string }[]>>,
): string {
  const [field, next, third] = path.map(String);
  if (field === "networking") {
    if (next !== "networks") return "networking";
    return third === undefined ? "networking" : `networks:${rows["networks"]?.[Number(third)]?.key ?? ""}`;
  }
  if (field === "limits") return next ?? "limits";
  if (field !== undefined && next !== undefined && field in rows)
    return `${field}:${rows[field]?.[Number(next)]?.key ?? ""}`;
  return field ?? "";
}

function wordsOf(place: string, message: string): string {
  if (place.startsWith("ports:")) return "A port is a whole number from 1 to 65535.";
  if (place.startsWith("networks:")) return "The address is not an IPv4 address.";
  if (place === "networking") return "Name what it is attached to.";
  if (place === "image") return "Write the name of an image.";
  return message;
}
