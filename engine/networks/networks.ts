import type Docker from "dockerode";
import { z } from "zod";
import type { NetworkSpec, NetworkSummary } from "../contract/index.ts";
import { list, table, text, texts } from "../docker/go-json.ts";
import { type DockerModel, dockerStatus, getJson, ObjectList, postJson } from "../docker/index.ts";
import type { Logger } from "../vm.ts";

const networksAnswer = z.array(
  z.object({
    Id: z.string(),
    Name: z.string(),
    Driver: z.string(),
    Created: text,
    Internal: z.boolean(),
    EnableIPv6: z.boolean(),
    IPAM: z.object({ Config: list(z.object({ Subnet: text, Gateway: text })) }).nullish(),
    Options: table(z.string()),
    Labels: table(z.string()),
  }),
);
const containersAnswer = z.array(z.object({ Id: z.string(), State: z.string() }));
const containerAnswer = z.object({
  Id: z.string(),
  Name: z.string(),
  State: z.object({ Running: z.boolean() }),
  NetworkSettings: z.object({
    Networks: table(z.object({ NetworkID: text, IPAddress: text, Aliases: texts })),
  }),
});

const BUILT_IN = new Set(["bridge", "host", "none"]);
const PARALLEL_INSPECTS = 4;

export interface NetworksHost {
  docker: Docker;
  model: DockerModel;
  logger: Logger;
}

/** Networks and who is in them, stopped containers included. */
export class Networks {
  readonly #host: NetworksHost;
  readonly #objects: ObjectList<NetworkSummary>;

  constructor(host: NetworksHost) {
    this.#host = host;
    const { docker, model, logger } = host;
    this.#objects = new ObjectList({
      model,
      logger,
      idOf: (network) => network.id,
      read: () => readNetworks(docker),
    });
  }

  get list() {
    return this.#objects.list;
  }

  close(): void {
    this.#objects.close();
  }

  async create(spec: NetworkSpec): Promise<string> {
    const { subnet, gateway, ipRange } = spec;
    const config = {
      ...(subnet === "" ? {} : { Subnet: subnet }),
      ...(gateway === "" ? {} : { Gateway: gateway }),
      ...(ipRange === "" ? {} : { IPRange: ipRange }),
    };
    const answer = await postJson(this.#host.docker, {
      path: "/networks/create",
      body: {
        Name: spec.name,
        Driver: spec.driver,
        // Otherwise Docker makes a second one of the same name.
        CheckDuplicate: true,
        Internal: spec.internal,
        EnableIPv6: spec.ipv6,
        Options: tableOf(spec.options),
        Labels: tableOf(spec.labels),
        ...(Object.keys(config).length === 0 ? {} : { IPAM: { Driver: "default", Config: [config] } }),
      },
    });
    return z.object({ Id: z.string() }).parse(answer).Id;
  }

  async connect(id: string, container: string, aliases: string[], address: string): Promise<void> {
    await this.#host.docker.getNetwork(id).connect({
      Container: container,
      EndpointConfig: {
        ...(aliases.length === 0 ? {} : { Aliases: aliases }),
        ...(address === "" ? {} : { IPAMConfig: { IPv4Address: address } }),
      },
    });
  }

  async disconnect(id: string, container: string): Promise<void> {
    await this.#host.docker.getNetwork(id).disconnect({ Container: container, Force: true });
  }

  async remove(id: string): Promise<void> {
    await this.#host.docker.getNetwork(id).remove();
  }

  /** Networks that no running container is in; Docker does not count stopped ones, but we do: they would not start again. */
  async prunePreview(): Promise<{ id: string; name: string }[]> {
    const known = await readNetworks(this.#host.docker);
    return known
      .filter(({ builtIn, members }) => !builtIn && members.length === 0)
      .map(({ id, name }) => ({ id, name }));
  }

  async prune(ids: readonly string[]): Promise<{ removed: number; kept: string[] }> {
    const kept: string[] = [];
    let removed = 0;
    for (const id of ids) {
      try {
        await this.remove(id);
        removed += 1;
      } catch (error) {
        const status = dockerStatus(error);
        if (status === 403 || status === 409) kept.push(id);
        else if (status !== 404) throw error;
      }
    }
    return { removed, kept };
  }
}

async function readNetworks(docker: Docker): Promise<NetworkSummary[]> {
  const [networks, containers] = await Promise.all([
    getJson(docker, { path: "/networks" }),
    getJson(docker, { path: "/containers/json", query: { all: "1" } }),
  ]);
  const members = await membersOf(
    docker,
    containersAnswer.parse(containers).map(({ Id }) => Id),
  );
  return networksAnswer.parse(networks).map((network) => ({
    id: network.Id,
    name: network.Name,
    driver: network.Driver,
    createdAt: instant(network.Created),
    internal: network.Internal,
    ipv6: network.EnableIPv6,
    subnets: (network.IPAM?.Config ?? []).map(({ Subnet, Gateway }) => ({
      subnet: Subnet,
      gateway: Gateway,
    })),
    options: network.Options,
    labels: network.Labels,
    project: network.Labels["com.docker.compose.project"] ?? null,
    builtIn: BUILT_IN.has(network.Name),
    // A container that never started knows its networks by name only.
    members: members.flatMap(({ key, member }) =>
      key === network.Id || key === network.Name ? [member] : [],
    ),
  }));
}

async function membersOf(
  docker: Docker,
  ids: string[],
): Promise<{ key: string; member: NetworkSummary["members"][number] }[]> {
  const waiting = [...ids];
  const found: { key: string; member: NetworkSummary["members"][number] }[] = [];
  const worker = async () => {
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      const answer = await docker
        .getContainer(id)
        .inspect()
        .catch((error: unknown) => {
          if (dockerStatus(error) === 404) return null;
          throw error;
        });
      if (answer === null) continue;
      const { Id, Name, State, NetworkSettings } = containerAnswer.parse(answer);
      for (const [name, { NetworkID, IPAddress, Aliases }] of Object.entries(NetworkSettings.Networks)) {
        const aliases = Aliases.filter((alias) => !Id.startsWith(alias));
        const member = {
          id: Id,
          name: Name.replace(/^\//, ""),
          running: State.Running,
          address: IPAddress,
          aliases,
        };
        found.push({ key: NetworkID === "" ? name : NetworkID, member });
      }
    }
  };
  await Promise.all(Array.from({ length: PARALLEL_INSPECTS }, worker));
  return found.sort((a, b) => a.member.name.localeCompare(b.member.name));
}

function tableOf(pairs: readonly { name: string; value: string }[]): Record<string, string> {
  return Object.fromEntries(pairs.map(({ name, value }) => [name, value]));
}

function instant(time: string): string | null {
  const date = new Date(time);
  return time === "" || Number.isNaN(date.getTime()) ? null : date.toISOString();
}
