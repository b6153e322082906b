import { implement } from "@orpc/server";
import { contract } from "../../engine/contract/contract.ts";
import type { NetworkSummary, VolumeSummary } from "../../engine/contract/index.ts";
import { FakeList, Feed } from "./feed.ts";

const os = implement(contract);
const started = () => ({ activity: "none" });
const user = (name: string, running = true) => ({ id: name, name, running });

function volume(
  id: string,
  sizeBytes: number,
  usedBy: VolumeSummary["usedBy"],
  anonymous = false,
): VolumeSummary {
  return {
    id,
    driver: "local",
    mountpoint: `/var/lib/docker/volumes/${id}/_data`,
    createdAt: new Date(Date.now() - 86_400_000 * 3).toISOString(),
    labels: {},
    anonymous,
    project: id.startsWith("shop") ? "shop" : null,
    usedBy,
    sizeBytes,
  };
}

function network(
  name: string,
  subnet: string,
  members: readonly string[],
  more: Partial<NetworkSummary> = {},
): NetworkSummary {
  return {
    id: name,
    name,
    driver: name === "host" ? "host" : "bridge",
    createdAt: new Date().toISOString(),
    internal: false,
    ipv6: false,
    subnets: subnet === "" ? [] : [{ subnet: `${subnet}.0/16`, gateway: `${subnet}.1` }],
    options: {},
    labels: {},
    project: name.startsWith("shop") ? "shop" : null,
    builtIn: ["bridge", "host", "none"].includes(name),
    members: members.map((member, index) => ({
      id: member,
      name: member,
      running: member !== "import-job",
      address: `${subnet}.${index + 2}`,
      aliases: member.startsWith("shop") ? [member.replace(/^shop-|-1$/g, "")] : [],
    })),
    ...more,
  };
}

/** Volumes, networks and disk of the preview. */
export function fakeObjects() {
  const volumes = new FakeList<VolumeSummary>([
    volume("shop-database", 1_240_000_000, [user("shop-database-1")]),
    volume("shop-uploads", 312_000_000, [user("shop-api-1"), user("shop-worker-1", false)]),
    volume("pgdata", 48_000_000, []),
    volume("4f1d2c88aa0b9e7715d3c6aa90f1", 9_000_000, [], true),
  ]);
  const networks = new FakeList<NetworkSummary>([
    network("bridge", "172.17.0", ["welcome", "import-job"]),
    network("host", "", []),
    network("none", "", []),
    network("shop_default", "172.18.0", ["shop-api-1", "shop-web-1", "shop-worker-1", "shop-database-1"]),
    network("shop_backend", "172.19.0", ["shop-api-1", "shop-database-1"], { internal: true }),
    network("metrics", "172.20.0", ["shop-web-1", "prometheus", "grafana"]),
  ]);
  return {
    volumes: {
      names: os.volumes.names.handler(() => ["shop-data", "pgdata", "cache"]),
      list: os.volumes.list.handler(() => volumes.all()),
      watch: os.volumes.watch.handler(({ signal }) => volumes.follow(signal)),
      measure: os.volumes.measure.handler(() => undefined),
      create: os.volumes.create.handler(({ input }) => volumes.put(volume(input.name, 0, []))),
      remove: os.volumes.remove.handler(({ input }) => volumes.remove(input.name)),
      browse: os.volumes.browse.handler(({ signal }) =>
        new Feed<{ container: string; path: string }>().follow([{ container: "helper", path: "/" }], signal),
      ),
      backup: os.volumes.backup.handler(started),
      restore: os.volumes.restore.handler(started),
      clone: os.volumes.clone.handler(started),
      prunePreview: os.volumes.prunePreview.handler(() => ({
        volumes: [{ id: "pgdata", sizeBytes: 48_000_000 }],
        freedBytes: 48_000_000,
      })),
      prune: os.volumes.prune.handler(({ input }) => ({
        removed: input.names.length,
        freedBytes: 48_000_000,
        kept: [],
      })),
    },
    networks: {
      list: os.networks.list.handler(() => networks.all()),
      watch: os.networks.watch.handler(({ signal }) => networks.follow(signal)),
      create: os.networks.create.handler(({ input }) => {
        networks.put(network(input.name, "172.21.0", []));
        return { id: input.name };
      }),
      connect: os.networks.connect.handler(() => undefined),
      disconnect: os.networks.disconnect.handler(() => undefined),
      remove: os.networks.remove.handler(({ input }) => networks.remove(input.id)),
      prunePreview: os.networks.prunePreview.handler(() => [{ id: "old", name: "old_default" }]),
      prune: os.networks.prune.handler(({ input }) => ({ removed: input.ids.length, kept: [] })),
    },
    space: {
      usage: os.space.usage.handler(() => ({
        parts: [
          { id: "images" as const, bytes: 2_600_000_000, count: 8 },
          { id: "containers" as const, bytes: 84_000_000, count: 8 },
          { id: "volumes" as const, bytes: 1_609_000_000, count: 4 },
          { id: "buildCache" as const, bytes: 940_000_000, count: 61 },
          { id: "logs" as const, bytes: 38_000_000, count: 6 },
        ],
        reclaimable: [
          { kind: "images" as const, bytes: 398_000_000, count: 1 },
          { kind: "buildCache" as const, bytes: 940_000_000, count: 61 },
          { kind: "volumes" as const, bytes: 9_000_000, count: 1 },
          { kind: "containers" as const, bytes: 0, count: 0 },
        ],
        largest: [
          { kind: "volume" as const, id: "shop-database", name: "shop-database", bytes: 1_240_000_000 },
          { kind: "image" as const, id: "node", name: "node:24", bytes: 1_120_000_000 },
          { kind: "log" as const, id: "a", name: "shop-api-1", bytes: 30_000_000 },
        ],
      })),
      reclaim: os.space.reclaim.handler(() => ({ parts: [], freedBytes: 949_000_000 })),
    },
  };
}
