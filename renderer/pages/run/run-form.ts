import { type RunSpec, runSpecSchema } from "../../../engine/contract/index.ts";
import { splitWords } from "./shell-words.ts";

export interface PortRow {
  key: string;
  hostPort: number | null;
  containerPort: number | null;
  protocol: "tcp" | "udp";
}
export interface EnvironmentRow {
  key: string;
  name: string;
  value: string;
}
export interface VolumeRow {
  key: string;
  volume: string;
  containerPath: string;
  readOnly: boolean;
}

/** What a person has filled in, complete or not. */
export interface RunForm {
  image: string;
  name: string;
  command: string;
  ports: PortRow[];
  environment: EnvironmentRow[];
  volumes: VolumeRow[];
  restartPolicy: RunSpec["restartPolicy"];
  autoRemove: boolean;
}

/** The run that a form describes, or what is wrong, by field ("name") or row ("ports:<key>"). */
export type ReadForm =
  | { spec: RunSpec; problems: ReadonlyMap<string, string> }
  | { spec: null; problems: ReadonlyMap<string, string> };

const PORT_WORDS = "A port is a whole number from 1 to 65535.";
const VOLUME_WORDS = "Name a volume and a path in the container.";

export function emptyForm(image: string): RunForm {
  return {
    image,
    name: "",
    command: "",
    ports: [],
    environment: [],
    volumes: [],
    restartPolicy: "no",
    autoRemove: false,
  };
}

/** Reads a form; rows left blank do not count. */
export function readForm(form: RunForm): ReadForm {
  const ports = form.ports.filter((row) => row.hostPort !== null || row.containerPort !== null);
  const environment = form.environment.filter((row) => row.name !== "" || row.value !== "");
  const volumes = form.volumes.filter((row) => row.volume !== "" || row.containerPath !== "");
  const command = splitWords(form.command);
  const parsed = runSpecSchema.safeParse({
    image: form.image.trim(),
    ...(form.name.trim() === "" ? {} : { name: form.name.trim() }),
    ...(command === null || command.length === 0 ? {} : { command }),
    ports: ports.map(({ hostPort, containerPort, protocol }) => ({
      hostIp: "",
      hostPort,
      containerPort,
      protocol,
    })),
    environment: environment.map(({ name, value }) => ({ name: name.trim(), value })),
    volumes: volumes.map(({ volume, containerPath, readOnly }) => ({
      volume: volume.trim(),
      containerPath: containerPath.trim(),
      readOnly,
    })),
    restartPolicy: form.restartPolicy,
    autoRemove: form.autoRemove,
  });

  const problems = new Map<string, string>();
  if (command === null) problems.set("command", "A quote is not closed.");
  if (form.autoRemove && form.restartPolicy !== "no") {
    problems.set("restartPolicy", "A container that removes itself cannot restart.");
  }
  for (const row of repeatedPorts(ports))
    problems.set(`ports:${row.key}`, `${row.hostPort ?? ""} is here twice.`);
  for (const { path, message } of parsed.error?.issues ?? []) {
    const [field, index] = [String(path[0]), Number(path[1])];
    if (field === "ports") problems.set(`ports:${ports[index]?.key ?? ""}`, PORT_WORDS);
    else if (field === "environment") problems.set(`environment:${environment[index]?.key ?? ""}`, message);
    else if (field === "volumes") {
      const words = path[2] === "containerPath" && volumes[index]?.volume !== "" ? message : VOLUME_WORDS;
      problems.set(`volumes:${volumes[index]?.key ?? ""}`, words);
    } else if (field === "image") problems.set("image", "Choose an image, or write its name.");
    else problems.set(field, message);
  }
  return problems.size === 0 && parsed.success ? { spec: parsed.data, problems } : { spec: null, problems };
}

function repeatedPorts(rows: readonly PortRow[]): PortRow[] {
  return rows.filter(
    (row, index) =>
      row.hostPort !== null &&
      rows.findIndex((other) => other.hostPort === row.hostPort && other.protocol === row.protocol) < index,
  );
}

/** A host port for a container's port: its own where ordinary programs may use it. */
export function suggestedHostPort(containerPort: number): number {
  if (containerPort === 80) return 8080;
  if (containerPort === 443) return 8443;
  return containerPort < 1024 ? containerPort + 8000 : containerPort;
}

/** A volume name for a path of an image: `postgres:17` and `/var/lib/data` give `postgres-data`. */
export function suggestedVolume(image: string, path: string): string {
  const last = (text: string): string =>
    text
      .split("/")
      .filter((part) => part !== "")
      .at(-1) ?? "";
  const base = last(image.split("@")[0] ?? "").split(":")[0] ?? "";
  return `${base}-${last(path)}`.replace(/[^a-zA-Z0-9_.-]/g, "-").replace(/^[^a-zA-Z0-9]+/, "");
}
