import type { Configuration, Networking } from "../contract/index.ts";
import type { ContainerDetails } from "./details.ts";

/** Docker's default network, which knows no names. */
export const DEFAULT_NETWORK = "bridge";

export function readNetworking(container: ContainerDetails): Networking {
  const mode = container.HostConfig.NetworkMode;
  if (mode === "host" || mode === "none") return { mode };
  if (mode.startsWith("container:")) return { mode: "container", container: mode.slice("container:".length) };
  const shortId = container.Id.slice(0, 12);
  const networks = Object.entries(container.NetworkSettings.Networks).map(([name, endpoint]) => ({
    name,
    // Docker itself adds the short id.
    aliases: endpoint.Aliases.filter((alias) => alias !== shortId),
    ipv4Address: endpoint.IPAMConfig?.IPv4Address || null,
    ipv6Address: endpoint.IPAMConfig?.IPv6Address || null,
    first: name === mode || endpoint.NetworkID === mode,
  }));
  networks.sort((a, b) => Number(b.first) - Number(a.first));
  const plain = networks.map(({ first: _first, ...network }) => network);
  const fallback = mode === "" || mode === "default" ? DEFAULT_NETWORK : mode;
  const alone = { name: fallback, aliases: [], ipv4Address: null, ipv6Address: null };
  return { mode: "networks", networks: plain.length === 0 ? [alone] : plain };
}

/** `/db:/web/alias`, or `db:alias` on networks with names of their own. */
export function readLinks(container: ContainerDetails): Configuration["links"] {
  const ofNetworks = Object.values(container.NetworkSettings.Networks).flatMap(({ Links }) => Links);
  const links = [...container.HostConfig.Links, ...ofNetworks].map((link) => {
    const [target = "", alias = ""] = link.split(":");
    const name = target.replace(/^\//, "");
    return { container: name, alias: alias.split("/").at(-1) || name };
  });
  return links.filter(
    (link, index) =>
      links.findIndex((other) => other.container === link.container && other.alias === link.alias) === index,
  );
}

/** The parts of Docker's request to create a container that attach it. */
export function networkOptions(configuration: Configuration): {
  NetworkMode: string;
  Links: string[];
  EndpointsConfig: Record<string, object>;
} {
  const { networking } = configuration;
  const links = configuration.links.map(({ container, alias }) => `${container}:${alias}`);
  if (networking.mode === "container") {
    return { NetworkMode: `container:${networking.container}`, Links: [], EndpointsConfig: {} };
  }
  if (networking.mode !== "networks") return { NetworkMode: networking.mode, Links: [], EndpointsConfig: {} };
  const [first] = networking.networks;
  const own = networking.networks.filter(({ name }) => name !== DEFAULT_NETWORK);
  const endpoints = networking.networks.map(({ name, aliases, ipv4Address, ipv6Address }) => [
    name,
    name === DEFAULT_NETWORK
      ? {}
      : {
          Aliases: aliases,
          Links: links,
          IPAMConfig: {
            ...(ipv4Address === null ? {} : { IPv4Address: ipv4Address }),
            ...(ipv6Address === null ? {} : { IPv6Address: ipv6Address }),
          },
        },
  ]);
  return {
    NetworkMode: first?.name ?? DEFAULT_NETWORK,
    // Docker's own way to link exists on its default network only.
    Links: own.length === 0 ? links : [],
    EndpointsConfig: Object.fromEntries(endpoints) as Record<string, object>,
  };
}
