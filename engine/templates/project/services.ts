import type { TemplateService } from "../../contract/index.ts";
import { type Data, dataOf, isData, listOf, namesOf, textOf, textsOf } from "./data.ts";
import type { Project } from "./read-project.ts";
import { isHostPath, type Mount, parsePort, parseVolume, type PortMapping } from "./short-syntax.ts";

/** Ports of a service, in either spelling. */
export function portsOf(service: Data): PortMapping[] {
  return listOf(service["ports"]).flatMap((entry) => {
    if (!isData(entry)) return parsePort(textOf(entry) ?? "") ?? [];
    const target = textOf(entry["target"]);
    if (target === null) return [];
    return {
      hostIp: textOf(entry["host_ip"]),
      published: textOf(entry["published"]),
      target,
      protocol: textOf(entry["protocol"]) ?? "tcp",
    };
  });
}

const mountTypes = ["bind", "volume", "tmpfs", "npipe", "cluster", "image"] as const;

/** Mounts of a service, in either spelling. */
export function mountsOf(service: Data): Mount[] {
  return listOf(service["volumes"]).flatMap((entry) => {
    if (!isData(entry)) return parseVolume(textOf(entry) ?? "") ?? [];
    const source = textOf(entry["source"]);
    const named = mountTypes.find((type) => type === entry["type"]);
    const type = named ?? (source !== null && isHostPath(source) ? "bind" : "volume");
    return { type, source, target: textOf(entry["target"]) ?? "", readOnly: entry["read_only"] === true };
  });
}

/** Services that must be there before this one. */
export function dependenciesOf(service: Data): string[] {
  const links = textsOf(service["links"]).map((link) => link.split(":")[0] ?? "");
  const volumesFrom = textsOf(service["volumes_from"])
    .filter((from) => !from.startsWith("container:"))
    .map((from) => from.split(":")[0] ?? "");
  const modes = [service["network_mode"], service["ipc"], service["pid"]].flatMap((mode) => {
    const text = textOf(mode) ?? "";
    return text.startsWith("service:") ? [text.slice("service:".length)] : [];
  });
  return [...new Set([...namesOf(service["depends_on"]), ...links, ...volumesFrom, ...modes])];
}

/** The services as the picture of a template shows them. */
export function describeServices(project: Project): TemplateService[] {
  return [...project.services].map(([name, service]) => {
    const deploy = dataOf(service["deploy"]);
    const replicas = Number(textOf(deploy["replicas"]) ?? textOf(service["scale"]) ?? Number.NaN);
    const check = service["healthcheck"];
    return {
      name,
      image: textOf(service["image"]),
      builds: service["build"] !== undefined,
      dependsOn: dependenciesOf(service),
      networks: namesOf(service["networks"]),
      volumes: mountsOf(service).map((mount) => mount.source ?? mount.target),
      ports: portsOf(service).map(({ target, published, protocol }) => ({ target, published, protocol })),
      replicas: Number.isInteger(replicas) && replicas >= 0 ? replicas : null,
      healthcheck: isData(check) && check["disable"] !== true,
    };
  });
}
