/** What an option of `docker run` becomes in a service (docs.docker.com/reference/cli/docker/container/run). */
export type OptionKind =
  | { to: "text" | "number" | "list"; key: string }
  | { to: "flag"; key: string; value: unknown }
  | { to: "map"; key: string }
  | { to: "special" }
  /** Has a value and no meaning in a template. */
  | { to: "dropped"; value: boolean; why: string };

const text = (key: string): OptionKind => ({ to: "text", key });
const list = (key: string): OptionKind => ({ to: "list", key });
const map = (key: string): OptionKind => ({ to: "map", key });
const flag = (key: string, value: unknown = true): OptionKind => ({ to: "flag", key, value });
const number = (key: string): OptionKind => ({ to: "number", key });
const special: OptionKind = { to: "special" };
const dropped = (why: string, value = true): OptionKind => ({ to: "dropped", value, why });

export const options: Readonly<Record<string, OptionKind>> = {
  "--add-host": list("extra_hosts"),
  "--annotation": map("annotations"),
  "--attach": dropped("a template has no terminal"),
  "--blkio-weight": special,
  "--cap-add": list("cap_add"),
  "--cap-drop": list("cap_drop"),
  "--cgroup-parent": text("cgroup_parent"),
  "--cgroupns": text("cgroup"),
  "--cidfile": dropped("a template writes no files"),
  "--cpu-count": number("cpu_count"),
  "--cpu-percent": number("cpu_percent"),
  "--cpu-period": text("cpu_period"),
  "--cpu-quota": text("cpu_quota"),
  "--cpu-rt-period": text("cpu_rt_period"),
  "--cpu-rt-runtime": text("cpu_rt_runtime"),
  "--cpu-shares": number("cpu_shares"),
  "--cpus": text("cpus"),
  "--cpuset-cpus": text("cpuset"),
  "--cpuset-mems": dropped("Compose has no such option"),
  "--detach": dropped("apps always run in the background", false),
  "--detach-keys": dropped("a template has no terminal"),
  "--device": list("devices"),
  "--device-cgroup-rule": list("device_cgroup_rules"),
  "--device-read-bps": dropped("Compose spells it in blkio_config"),
  "--device-read-iops": dropped("Compose spells it in blkio_config"),
  "--device-write-bps": dropped("Compose spells it in blkio_config"),
  "--device-write-iops": dropped("Compose spells it in blkio_config"),
  "--disable-content-trust": dropped("Compose has no such option", false),
  "--dns": list("dns"),
  "--dns-option": list("dns_opt"),
  "--dns-search": list("dns_search"),
  "--domainname": text("domainname"),
  "--entrypoint": special,
  "--env": special,
  "--env-file": special,
  "--expose": list("expose"),
  "--gpus": special,
  "--group-add": list("group_add"),
  "--health-cmd": special,
  "--health-interval": special,
  "--health-retries": special,
  "--health-start-interval": special,
  "--health-start-period": special,
  "--health-timeout": special,
  "--hostname": text("hostname"),
  "--init": flag("init"),
  "--interactive": flag("stdin_open"),
  "--ip": special,
  "--ip6": special,
  "--ipc": text("ipc"),
  "--isolation": text("isolation"),
  "--kernel-memory": dropped("Docker ignores it"),
  "--label": map("labels"),
  "--label-file": list("label_file"),
  "--link": special,
  "--link-local-ip": dropped("Compose spells it in a network's options"),
  "--log-driver": special,
  "--log-opt": special,
  "--mac-address": text("mac_address"),
  "--memory": text("mem_limit"),
  "--memory-reservation": text("mem_reservation"),
  "--memory-swap": text("memswap_limit"),
  "--memory-swappiness": number("mem_swappiness"),
  "--mount": special,
  "--name": special,
  "--net": special,
  "--net-alias": special,
  "--network": special,
  "--network-alias": special,
  "--no-healthcheck": special,
  "--oom-kill-disable": flag("oom_kill_disable"),
  "--oom-score-adj": number("oom_score_adj"),
  "--pid": text("pid"),
  "--pids-limit": number("pids_limit"),
  "--platform": text("platform"),
  "--privileged": flag("privileged"),
  "--publish": special,
  "--publish-all": special,
  "--pull": text("pull_policy"),
  "--quiet": dropped("a template has no output", false),
  "--read-only": flag("read_only"),
  "--restart": text("restart"),
  "--rm": dropped("an app's containers stay until the app is removed", false),
  "--runtime": text("runtime"),
  "--security-opt": list("security_opt"),
  "--shm-size": text("shm_size"),
  "--sig-proxy": dropped("a template has no terminal", false),
  "--stop-signal": text("stop_signal"),
  "--stop-timeout": special,
  "--storage-opt": map("storage_opt"),
  "--sysctl": map("sysctls"),
  "--tmpfs": list("tmpfs"),
  "--tty": flag("tty"),
  "--ulimit": special,
  "--user": text("user"),
  "--userns": text("userns_mode"),
  "--uts": text("uts"),
  "--volume": special,
  "--volume-driver": special,
  "--volumes-from": special,
  "--workdir": text("working_dir"),
};

/** One-letter options. */
export const shortOptions: Readonly<Record<string, string>> = {
  a: "--attach",
  c: "--cpu-shares",
  d: "--detach",
  e: "--env",
  h: "--hostname",
  i: "--interactive",
  l: "--label",
  m: "--memory",
  P: "--publish-all",
  p: "--publish",
  q: "--quiet",
  t: "--tty",
  u: "--user",
  v: "--volume",
  w: "--workdir",
};

/** Options without a value. */
export function isFlag(option: string): boolean {
  const kind = options[option];
  if (kind === undefined) return false;
  if (kind.to === "flag") return true;
  if (kind.to === "dropped") return !kind.value;
  return option === "--publish-all" || option === "--no-healthcheck";
}
