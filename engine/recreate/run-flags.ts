import type { Configuration, Networking } from "../contract/index.ts";
import {
  parseBoolean,
  parseBytes,
  parseDevice,
  parseExpose,
  parseMount,
  parseNumber,
  parsePair,
  parsePublish,
  parseRestart,
  parseSeconds,
  parseTmpfs,
  parseUlimit,
  parseVolume,
  parseWhole,
  ValueError,
} from "./run-values.ts";

/** What the flags of a line have said so far. */
export interface Draft {
  configuration: Configuration;
  /** `--network` and what belongs to it. */
  networks: { name: string; aliases: string[]; ipv4Address: string | null; ipv6Address: string | null }[];
  networkMode: Networking | null;
  aliases: string[];
  ipv4Address: string | null;
  ipv6Address: string | null;
  health: {
    command: string | null;
    none: boolean;
    intervalSeconds: number | null;
    timeoutSeconds: number | null;
    startPeriodSeconds: number | null;
    retries: number | null;
  };
  logDriver: string | null;
  logOptions: Record<string, string>;
  notes: string[];
}

export interface Flag {
  /** Stands alone; `=false` may follow. */
  alone: boolean;
  apply(draft: Draft, value: string): void;
}

type Set = (configuration: Configuration, value: string) => void;

function value(set: Set): Flag {
  return { alone: false, apply: (draft, text) => set(draft.configuration, text) };
}

function yesOrNo(set: (configuration: Configuration, on: boolean) => void): Flag {
  return { alone: true, apply: (draft, text) => set(draft.configuration, parseBoolean(text)) };
}

function ofDraft(apply: Flag["apply"]): Flag {
  return { alone: false, apply };
}

function leftOut(alone: boolean, note: string | null): Flag {
  return {
    alone,
    apply: (draft) => {
      if (note !== null) draft.notes.push(note);
    },
  };
}

function refused(alone: boolean, why: string): Flag {
  return {
    alone,
    apply: () => {
      throw new ValueError(why);
    },
  };
}

const environment = value((configuration, text) => {
  if (!text.includes("="))
    throw new ValueError(`a value: ${text}=…, because the shell's own is not known here`);
  const [name, content] = parsePair(text);
  configuration.environment.push({ name, value: content });
});
const label = value((configuration, text) => {
  const [name, content] = parsePair(text);
  configuration.labels[name] = content;
});
const network = ofDraft((draft, text) => {
  if (text === "host" || text === "none") draft.networkMode = { mode: text };
  else if (text.startsWith("container:")) {
    draft.networkMode = { mode: "container", container: text.slice("container:".length) };
  } else draft.networks.push(networkOf(text === "default" ? "bridge" : text));
});
const networkAlias = ofDraft((draft, text) => void draft.aliases.push(text));
const mountVolume = value((configuration, text) => void configuration.mounts.push(parseVolume(text)));

/** `NAME`, or `name=NAME,alias=…,ip=…` */
function networkOf(text: string): Draft["networks"][number] {
  const found: Draft["networks"][number] = { name: text, aliases: [], ipv4Address: null, ipv6Address: null };
  if (!text.includes("=")) return found;
  for (const field of text.split(",")) {
    const [key, content] = parsePair(field);
    if (key === "name") found.name = content;
    else if (key === "alias") found.aliases.push(content);
    else if (key === "ip") found.ipv4Address = content;
    else if (key === "ip6") found.ipv6Address = content;
    else throw new ValueError(`name, alias, ip or ip6, not ${key}`);
  }
  return found;
}

/** The flags of `docker run`, long names. */
export const longFlags: Record<string, Flag> = {
  name: value((configuration, text) => (configuration.name = text)),
  publish: value((configuration, text) => void configuration.ports.push(...parsePublish(text))),
  "publish-all": yesOrNo((configuration, on) => (configuration.publishAll = on)),
  expose: value((configuration, text) => void configuration.expose.push(...parseExpose(text))),
  env: environment,
  "env-file": refused(false, "variables themselves (--env): the file is not read here"),
  volume: mountVolume,
  mount: value((configuration, text) => void configuration.mounts.push(parseMount(text))),
  tmpfs: value((configuration, text) => void configuration.mounts.push(parseTmpfs(text))),
  "volumes-from": value((configuration, text) => void configuration.volumesFrom.push(text)),
  network,
  net: network,
  "network-alias": networkAlias,
  "net-alias": networkAlias,
  ip: ofDraft((draft, text) => (draft.ipv4Address = text)),
  ip6: ofDraft((draft, text) => (draft.ipv6Address = text)),
  link: value((configuration, text) => {
    const [container = "", alias = container] = text.split(":");
    configuration.links.push({ container, alias });
  }),
  label,
  "label-file": refused(false, "labels themselves (--label): the file is not read here"),
  restart: value((configuration, text) => (configuration.restart = parseRestart(text))),
  rm: yesOrNo((configuration, on) => (configuration.autoRemove = on)),
  user: value((configuration, text) => (configuration.user = text)),
  workdir: value((configuration, text) => (configuration.workingDirectory = text)),
  entrypoint: value((configuration, text) => (configuration.entrypoint = text === "" ? [] : [text])),
  memory: value((configuration, text) => (configuration.limits.memoryBytes = parseBytes(text))),
  "memory-reservation": value(
    (configuration, text) => (configuration.limits.memoryReservationBytes = parseBytes(text)),
  ),
  "memory-swap": value(
    (configuration, text) => (configuration.limits.memorySwapBytes = text === "-1" ? -1 : parseBytes(text)),
  ),
  cpus: value((configuration, text) => (configuration.limits.cpus = parseNumber(text))),
  "cpu-shares": value((configuration, text) => (configuration.limits.cpuShares = parseWhole(text))),
  "cpuset-cpus": value((configuration, text) => (configuration.limits.cpuset = text)),
  "pids-limit": value((configuration, text) => (configuration.limits.processes = parseWhole(text))),
  "health-cmd": ofDraft((draft, text) => (draft.health.command = text)),
  "health-interval": ofDraft((draft, text) => (draft.health.intervalSeconds = parseSeconds(text))),
  "health-timeout": ofDraft((draft, text) => (draft.health.timeoutSeconds = parseSeconds(text))),
  "health-start-period": ofDraft((draft, text) => (draft.health.startPeriodSeconds = parseSeconds(text))),
  "health-retries": ofDraft((draft, text) => (draft.health.retries = parseWhole(text))),
  "no-healthcheck": { alone: true, apply: (draft, text) => (draft.health.none = parseBoolean(text)) },
  hostname: value((configuration, text) => (configuration.advanced.hostname = text)),
  domainname: value((configuration, text) => (configuration.advanced.domainname = text)),
  privileged: yesOrNo((configuration, on) => (configuration.advanced.privileged = on)),
  "cap-add": value((configuration, text) => void configuration.advanced.capAdd.push(text)),
  "cap-drop": value((configuration, text) => void configuration.advanced.capDrop.push(text)),
  device: value((configuration, text) => void configuration.advanced.devices.push(parseDevice(text))),
  dns: value((configuration, text) => void configuration.advanced.dns.push(text)),
  "dns-search": value((configuration, text) => void configuration.advanced.dnsSearch.push(text)),
  "add-host": value((configuration, text) => {
    if (!/^[^:=]+[:=].+$/.test(text)) throw new ValueError("a name and an address, for example db:10.0.0.5");
    configuration.advanced.extraHosts.push(text.replace("=", ":"));
  }),
  "group-add": value((configuration, text) => void configuration.advanced.groupAdd.push(text)),
  init: yesOrNo((configuration, on) => (configuration.advanced.init = on)),
  ipc: value((configuration, text) => (configuration.advanced.ipcMode = text)),
  pid: value((configuration, text) => (configuration.advanced.pidMode = text)),
  "read-only": yesOrNo((configuration, on) => (configuration.advanced.readOnlyRoot = on)),
  "security-opt": value((configuration, text) => void configuration.advanced.securityOptions.push(text)),
  "shm-size": value((configuration, text) => (configuration.advanced.shmSizeBytes = parseBytes(text))),
  "stop-signal": value((configuration, text) => (configuration.advanced.stopSignal = text)),
  "stop-timeout": value(
    (configuration, text) => (configuration.advanced.stopTimeoutSeconds = parseWhole(text)),
  ),
  sysctl: value((configuration, text) => {
    const [name, content] = parsePair(text);
    configuration.advanced.sysctls[name] = content;
  }),
  tty: yesOrNo((configuration, on) => (configuration.advanced.tty = on)),
  interactive: yesOrNo((configuration, on) => (configuration.advanced.openStdin = on)),
  ulimit: value((configuration, text) => void configuration.advanced.ulimits.push(parseUlimit(text))),
  "log-driver": ofDraft((draft, text) => (draft.logDriver = text)),
  "log-opt": ofDraft((draft, text) => {
    const [name, content] = parsePair(text);
    draft.logOptions[name] = content;
  }),
  platform: value((configuration, text) => (configuration.advanced.platform = text)),
  detach: leftOut(true, null),
  quiet: leftOut(true, null),
  "sig-proxy": leftOut(true, null),
  "detach-keys": leftOut(false, null),
  attach: leftOut(false, null),
  pull: leftOut(false, "--pull: an image is pulled where it is missing; the newest one is had by Update."),
  cidfile: leftOut(false, "--cidfile was left out."),
  "disable-content-trust": leftOut(true, null),
  gpus: refused(false, "nothing: the VM has no graphics processor"),
};

/** Short names of `docker run`. */
export const shortFlags: Record<string, string> = {
  p: "publish",
  P: "publish-all",
  e: "env",
  v: "volume",
  l: "label",
  u: "user",
  w: "workdir",
  m: "memory",
  c: "cpu-shares",
  h: "hostname",
  t: "tty",
  i: "interactive",
  d: "detach",
  a: "attach",
  q: "quiet",
};
