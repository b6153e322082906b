import type { Risk } from "../../contract/index.ts";
import { type Data, dataOf, isData, listOf, namesOf, textOf, textsOf } from "../project/data.ts";
import type { Project } from "../project/read-project.ts";
import { portsOf } from "../project/services.ts";
import { imageRisks } from "./images.ts";
import { mountRisks } from "./mounts.ts";

type Found = Omit<Risk, "service">;

/**
 * What running a project would allow, in plain words: read from the merged model, so that the spelling (short,
 * long, extended, included, by anchor) makes no difference.
 */
export function risksOf(project: Project): Risk[] {
  const order = { high: 0, medium: 1, low: 2 };
  const risks = [...project.services].flatMap(([service, data]) =>
    unique([
      ...rightRisks(data),
      ...mountRisks(data, project),
      ...namespaceRisks(data, project),
      ...capabilityRisks(data),
      ...deviceRisks(data),
      ...securityRisks(data),
      ...portRisks(data),
      ...imageRisks(data),
    ]).map((risk) => ({ ...risk, service })),
  );
  for (const missing of project.missing) {
    risks.push({
      kind: "build",
      level: "medium",
      service: "",
      detail: missing,
      message: `A part of the template, ${missing}, is somewhere else and could not be looked at.`,
    });
  }
  return risks.sort((left, right) => order[left.level] - order[right.level]);
}

function rightRisks(service: Data): Found[] {
  const risks: Found[] = [];
  const hooks = [...listOf(service["post_start"]), ...listOf(service["pre_stop"])];
  if (isTrue(service["privileged"]) || hooks.some((hook) => isData(hook) && isTrue(hook["privileged"]))) {
    risks.push({
      kind: "privileged",
      level: "high",
      detail: "privileged",
      message: "It runs with all rights on the machine, as if it were not in a container at all.",
    });
  }
  if (service["provider"] !== undefined) {
    risks.push({
      kind: "privileged",
      level: "high",
      detail: "provider",
      message: "It is no container: Compose would run a program outside of any for it.",
    });
  }
  if (/^(?:root|0)(?::|$)/.test(textOf(service["user"]) ?? "")) {
    risks.push({
      kind: "user",
      level: "low",
      detail: "root",
      message: "It asks to run as root inside of its container.",
    });
  }
  return risks;
}

function namespaceRisks(service: Data, project: Project): Found[] {
  const risks: Found[] = [];
  const networks = namesOf(service["networks"]).some((name) => {
    const network = dataOf(project.networks[name]);
    return textOf(network["driver"]) === "host" || (textOf(network["name"]) ?? name) === "host";
  });
  if (textOf(service["network_mode"]) === "host" || textOf(service["net"]) === "host" || networks) {
    risks.push({
      kind: "host-network",
      level: "high",
      detail: "network_mode: host",
      message: "It uses the machine's own network: it can listen on any port and reach what listens there.",
    });
  }
  const spaces = {
    pid: "see and end all processes of the machine",
    ipc: "read the shared memory of the machine's processes",
    uts: "change the machine's name",
    userns_mode: "have the machine's own users and their rights",
    cgroup: "change how the machine shares its resources",
  };
  for (const [key, what] of Object.entries(spaces)) {
    if (textOf(service[key]) !== "host") continue;
    risks.push({ kind: "host-namespace", level: "high", detail: `${key}: host`, message: `It can ${what}.` });
  }
  for (const key of ["network_mode", "pid", "ipc"]) {
    const mode = textOf(service[key]) ?? "";
    if (!mode.startsWith("container:")) continue;
    risks.push({
      kind: "host-namespace",
      level: "medium",
      detail: `${key}: ${mode}`,
      message: `It goes into another container, ${mode.slice("container:".length)}, which is not part of the template.`,
    });
  }
  return risks;
}

const strong = new Set(
  "ALL SYS_ADMIN SYS_MODULE SYS_PTRACE SYS_RAWIO DAC_READ_SEARCH NET_ADMIN BPF SYS_BOOT".split(" "),
);

function capabilityRisks(service: Data): Found[] {
  return textsOf(service["cap_add"]).map((text) => {
    const name = text.toUpperCase().replace(/^CAP_/, "");
    return {
      kind: "capability",
      level: strong.has(name) ? "high" : "medium",
      detail: name,
      message:
        name === "ALL"
          ? "It has every special right of the kernel (all capabilities)."
          : `It has the special right ${name}, which containers do not have by themselves.`,
    };
  });
}

function deviceRisks(service: Data): Found[] {
  const devices = listOf(service["devices"]).flatMap((entry) =>
    isData(entry) ? (textOf(entry["source"]) ?? []) : ((textOf(entry) ?? "").split(":")[0] ?? []),
  );
  const resources = dataOf(dataOf(dataOf(service["deploy"])["resources"])["reservations"]);
  const reserved = [...listOf(resources["devices"]), ...listOf(service["gpus"])].map((entry) =>
    isData(entry) ? textsOf(entry["capabilities"]).join(" ") || "gpu" : "gpu",
  );
  const rules = textsOf(service["device_cgroup_rules"]);
  return [...devices, ...reserved, ...rules].map((detail) => ({
    kind: "device",
    level: /^\/dev\/(?:sd|nvme|vd|mem|kmem|kvm|disk|mapper)|^[ab*] /.test(detail) ? "high" : "medium",
    detail,
    message: `It can use the machine's device ${detail}.`,
  }));
}

function securityRisks(service: Data): Found[] {
  return textsOf(service["security_opt"]).flatMap((option): Found[] => {
    // This one takes rights away.
    if (/^no-new-privileges(?:[:=]true)?$/.test(option)) return [];
    const off = /unconfined|disable|no-new-privileges[:=]false/.test(option);
    return [
      {
        kind: "security-option",
        level: off ? "high" : "medium",
        detail: option,
        message: off
          ? `A protection of containers is turned off for it: ${option}.`
          : `A protection of containers is changed for it: ${option}.`,
      },
    ];
  });
}

function portRisks(service: Data): Found[] {
  if (textOf(service["network_mode"]) === "host") return [];
  return portsOf(service).flatMap((port): Found[] => {
    const address = port.hostIp ?? "";
    if (address !== "" && address !== "0.0.0.0" && address !== "::" && address !== "*") return [];
    const outside = port.published ?? "a free port";
    return [
      {
        kind: "published",
        level: "low",
        detail: `${outside}:${port.target}/${port.protocol}`,
        message: `Port ${port.target} is published on all addresses of the machine, as ${outside}.`,
      },
    ];
  });
}

function isTrue(value: unknown): boolean {
  return value === true || /^(?:true|yes|on|1|y)$/i.test(textOf(value) ?? "");
}

function unique(risks: Found[]): Found[] {
  return risks.filter(
    (risk, index) =>
      risks.findIndex((other) => other.kind === risk.kind && other.detail === risk.detail) === index,
  );
}
