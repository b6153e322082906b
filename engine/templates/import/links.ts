import type { Data } from "../project/data.ts";
import { dataOf, isData } from "../project/data.ts";
import type { ServiceParts } from "./service-parts.ts";

/** A link as `docker run --link` knew it: one service knows another by an alias. */
export interface Link {
  service: string;
  target: string;
  alias: string;
}

/** What a link's target offers. */
export interface LinkTarget {
  /** Ports that the target listens on; empty where they are not known. */
  ports: { port: number; protocol: string }[];
  environment: ReadonlyMap<string, string>;
}

/**
 * Turns old links into what Compose has instead: the alias becomes a name of the target on the project's
 * network, the order becomes `depends_on`, and the variables that a link put into the environment are written
 * out with the alias in the place of an address (docs.docker.com/engine/network/links).
 */
export function applyLinks(
  services: Map<string, Data>,
  links: Link[],
  targets: ReadonlyMap<string, LinkTarget>,
  parts: ServiceParts,
): void {
  const needed = new Map<string, Set<string>>();
  for (const link of links) {
    const service = services.get(link.service);
    const target = services.get(link.target);
    if (service === undefined || target === undefined) continue;
    if (link.service === link.target) {
      parts.warn(link.service, "links", "A service cannot be linked with itself; the link was left out.");
      continue;
    }
    addDependency(services, needed, link, parts);
    meet(service, target);
    if (isAmbiguous(link, links, services)) {
      parts.warn(
        link.service,
        "links",
        `The alias "${link.alias}" means something else to another service, so it stays a link of this one alone.`,
      );
      // Compose's own links are seen by their service alone, but a cycle of them is refused.
      if (needed.get(link.service)?.has(link.target) === true) {
        service["links"] = [
          ...((service["links"] as string[] | undefined) ?? []),
          `${link.target}:${link.alias}`,
        ];
      }
    } else if (link.alias !== link.target) addAlias(target, link.alias);
    addEnvironment(service, link, targets.get(link.target), parts);
  }
}

function addDependency(
  services: Map<string, Data>,
  needed: Map<string, Set<string>>,
  link: Link,
  parts: ServiceParts,
): void {
  if (reaches(needed, link.target, link.service)) {
    parts.warn(
      link.service,
      "links",
      `"${link.service}" and "${link.target}" are linked in a circle; "${link.service}" does not wait for "${link.target}".`,
    );
    return;
  }
  const own = needed.get(link.service) ?? new Set<string>();
  own.add(link.target);
  needed.set(link.service, own);
  const service = services.get(link.service);
  if (service !== undefined) service["depends_on"] = [...own];
}

function reaches(needed: Map<string, Set<string>>, from: string, to: string): boolean {
  const seen = new Set<string>();
  const open = [from];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (name === to) return true;
    if (seen.has(name)) continue;
    seen.add(name);
    open.push(...(needed.get(name) ?? []));
  }
  return false;
}

/** Whether an alias would mean two things on one network. */
function isAmbiguous(link: Link, links: Link[], services: Map<string, Data>): boolean {
  if (link.alias !== link.target && services.has(link.alias)) return true;
  return links.some((other) => other.alias === link.alias && other.target !== link.target);
}

/** Puts two services on one network, where they are on none together. */
function meet(service: Data, target: Data): void {
  if (service["network_mode"] !== undefined || target["network_mode"] !== undefined) return;
  const own = dataOf(service["networks"]);
  const others = dataOf(target["networks"]);
  const ownNames = Object.keys(own).length === 0 ? ["default"] : Object.keys(own);
  const otherNames = Object.keys(others).length === 0 ? ["default"] : Object.keys(others);
  if (ownNames.some((name) => otherNames.includes(name))) return;
  const [name = "default"] = otherNames;
  service["networks"] = { ...own, [name]: {} };
}

function addAlias(target: Data, alias: string): void {
  // A service with a network mode of its own has no place on the project's networks.
  if (target["network_mode"] !== undefined) return;
  const networks = dataOf(target["networks"]);
  const named = Object.keys(networks).length === 0 ? { default: {} } : networks;
  target["networks"] = Object.fromEntries(
    Object.entries(named).map(([name, options]) => {
      const own = dataOf(options);
      const known = Array.isArray(own["aliases"]) ? (own["aliases"] as string[]) : [];
      return [name, { ...own, aliases: [...new Set([...known, alias])] }];
    }),
  );
}

function addEnvironment(
  service: Data,
  link: Link,
  target: LinkTarget | undefined,
  parts: ServiceParts,
): void {
  const environment: Data = isData(service["environment"]) ? { ...service["environment"] } : {};
  const add = (name: string, value: string) => {
    environment[name] ??= value;
  };
  const prefix = link.alias.toUpperCase().replaceAll(/[^A-Z0-9_]/g, "_");
  const host = /^[a-z0-9][a-z0-9.-]*$/i.test(link.alias) ? link.alias : link.target;
  const ports = [...(target?.ports ?? [])].sort((left, right) => left.port - right.port);
  if (ports.length === 0) {
    parts.warn(
      link.service,
      "links",
      `The ports of "${link.target}" are known to its image alone, so the variables ${prefix}_PORT… are not set; use the name "${host}".`,
    );
  }
  add(`${prefix}_NAME`, `/${link.service}/${link.alias}`);
  const first = ports[0];
  if (first !== undefined) add(`${prefix}_PORT`, `${first.protocol}://${host}:${first.port}`);
  for (const { port, protocol } of ports) {
    const name = `${prefix}_PORT_${port}_${protocol.toUpperCase()}`;
    add(name, `${protocol}://${host}:${port}`);
    add(`${name}_ADDR`, host);
    add(`${name}_PORT`, String(port));
    add(`${name}_PROTO`, protocol);
  }
  for (const [name, value] of target?.environment ?? []) add(`${prefix}_ENV_${name}`, value);
  service["environment"] = environment;
}

/** Ports of images that everybody knows, for links to services that do not tell theirs. */
const knownPorts: readonly [RegExp, number[]][] = [
  [/(?:^|[/_-])(?:postgres|postgresql|postgis)\b/, [5432]],
  [/(?:^|[/_-])(?:mysql|mariadb|percona)\b/, [3306]],
  [/(?:^|[/_-])redis\b/, [6379]],
  [/(?:^|[/_-])mongo(?:db)?\b/, [27_017]],
  [/(?:^|[/_-])rabbitmq\b/, [5672]],
  [/(?:^|[/_-])memcached\b/, [11_211]],
  [/(?:^|[/_-])elasticsearch\b/, [9200, 9300]],
  [/(?:^|[/_-])cassandra\b/, [9042, 9160]],
  [/(?:^|[/_-])zookeeper\b/, [2181]],
  [/(?:^|[/_-])influxdb\b/, [8086]],
  [/(?:^|[/_-])(?:nginx|httpd|apache)\b/, [80]],
];

export function portsOfKnownImage(image: string): { port: number; protocol: string }[] {
  const [name = ""] = image.toLowerCase().split(/[:@](?!.*\/)/);
  const found = knownPorts.find(([pattern]) => pattern.test(name));
  return (found?.[1] ?? []).map((port) => ({ port, protocol: "tcp" }));
}
