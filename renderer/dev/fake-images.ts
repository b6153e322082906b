import { implement } from "@orpc/server";
import { contract } from "../../engine/contract/contract.ts";
import type { ImageSummary, ImageUpdate, LineageNode, Registries } from "../../engine/contract/index.ts";
import { type FakeList, Feed } from "./feed.ts";

const os = implement(contract);
const started = () => ({ activity: "none" });

/** Each image stands on the one before it whose seed divides its own: enough of a tree to look at. */
function lineage(images: readonly ImageSummary[]): LineageNode[] {
  const shared: LineageNode = {
    id: "layers",
    parent: null,
    images: [],
    layerCount: 2,
    addedBytes: 80_000_000,
  };
  const placed = images.map((image, index): LineageNode => {
    const parent =
      index === 0 ? null : index % 7 === 0 ? "layers" : (images[Math.floor((index - 1) / 4)]?.id ?? null);
    return {
      id: image.id,
      parent,
      images: [image.id],
      layerCount: 1 + (index % 6),
      addedBytes: 3_000_000 * (index % 9),
    };
  });
  return [shared, ...placed];
}

const fakeRegistries: Registries = {
  helper: "docker-credential-secretservice",
  problem: null,
  registries: [
    { id: "docker.io", title: "Docker Hub", username: "ada", insecure: false, container: null },
    { id: "ghcr.io", title: "ghcr.io", username: "access token", insecure: false, container: null },
    {
      id: "localhost:5000",
      title: "localhost:5000",
      username: null,
      insecure: false,
      container: "berth-registry",
    },
    { id: "registry.lan:5000", title: "registry.lan:5000", username: null, insecure: true, container: null },
  ],
};

/** What the pages of images and registries ask for beyond their lists. */
export function fakeImageCalls(images: FakeList<ImageSummary>) {
  return {
    details: os.images.details.handler(({ input }) => {
      const image = images.get(input.id);
      const at = image?.createdAt ?? new Date().toISOString();
      const layer = (createdBy: string, sizeBytes: number) => ({
        createdBy,
        sizeBytes,
        comment: "",
        createdAt: at,
        tags: [],
      });
      return {
        id: input.id,
        tags: image?.tags ?? [],
        digests: image?.digests ?? [],
        createdAt: at,
        author: "",
        architecture: "amd64",
        os: "linux",
        sizeBytes: image?.sizeBytes ?? 0,
        command: ["postgres"],
        entrypoint: ["docker-entrypoint.sh"],
        environment: ["PATH=/usr/local/bin:/usr/bin:/bin", "PGDATA=/var/lib/postgresql/data"],
        workingDirectory: "/",
        user: "",
        ports: ["5432/tcp"],
        volumes: ["/var/lib/postgresql/data"],
        labels: { "org.opencontainers.image.title": "PostgreSQL" },
        layerCount: 4,
        history: [
          layer(
            "/bin/sh -c #(nop) ADD file:5758b97d8301c84a204a6e516241275d785a7cade40b2fb99f01fe122482e283 in / ",
            80_500_000,
          ),
          layer(
            "RUN /bin/sh -c apt-get update && apt-get install -y --no-install-recommends postgresql # buildkit",
            180_000_000,
          ),
          layer("ENV PGDATA=/var/lib/postgresql/data", 0),
          layer("COPY docker-entrypoint.sh /usr/local/bin/ # buildkit", 14_000),
          layer('CMD ["postgres"]', 0),
        ],
      };
    }),
    lineage: os.images.lineage.handler(() => lineage(images.all())),
    push: os.images.push.handler(started),
    tag: os.images.tag.handler(() => undefined),
    untag: os.images.untag.handler(() => undefined),
    updates: os.images.updates.handler(({ signal }) =>
      new Feed<ImageUpdate>().follow(
        images.all().flatMap((image, index) =>
          image.tags.slice(0, 1).map((reference): ImageUpdate => ({
            reference,
            imageId: image.id,
            state: index % 3 === 1 ? "available" : "current",
            digest: null,
            problem: null,
          })),
        ),
        signal,
      ),
    ),
    removalPreview: os.images.removalPreview.handler(() => ({
      containers: [{ id: "a", name: "shop-db-1", running: false }],
      descendants: [{ id: "b", name: "shop/api:dev" }],
      freedBytes: 12_300_000,
      heldByCacheBytes: 4_000_000,
    })),
    save: os.images.save.handler(started),
    load: os.images.load.handler(started),
    importRootfs: os.images.importRootfs.handler(started),
    prunePreview: os.images.prunePreview.handler(({ input }) => {
      const chosen = images
        .all()
        .filter(({ tags, usedBy }) => usedBy.length === 0 && (input.all || tags.length === 0));
      return {
        images: chosen.map(({ id, tags, sizeBytes }) => ({
          id,
          name: tags[0] ?? id.slice(7, 19),
          sizeBytes,
        })),
        freedBytes: chosen.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
        heldByCacheBytes: 0,
      };
    }),
    prune: os.images.prune.handler(({ input }) => {
      for (const id of input.ids) images.remove(id);
      return { removed: input.ids.length, freedBytes: 412_000_000, kept: [] };
    }),
  };
}

export function fakeRegistryCalls() {
  return {
    list: os.registries.list.handler(() => fakeRegistries),
    watch: os.registries.watch.handler(({ signal }) =>
      new Feed<Registries>().follow([fakeRegistries], signal),
    ),
    signIn: os.registries.signIn.handler(() => undefined),
    signOut: os.registries.signOut.handler(() => undefined),
    test: os.registries.test.handler(({ input }) =>
      input.address === "registry.lan:5000"
        ? {
            ok: false,
            code: "bad_certificate",
            message:
              "The certificate of registry.lan:5000 is not trusted: certificate signed by unknown authority.",
            hint: "Give the registry a certificate of a known authority, or list it under insecure registries.",
          }
        : { ok: true, code: "ok", message: "It lets ada in.", hint: "" },
    ),
    search: os.registries.search.handler(() => ({
      more: true,
      results: [
        {
          name: "redis",
          description: "Redis is the world's fastest data platform for caching.",
          stars: 13_400,
          pulls: 4_100_000_000,
          official: true,
        },
        {
          name: "bitnami/redis",
          description: "Bitnami container image for Redis",
          stars: 320,
          pulls: 2_000_000_000,
          official: false,
        },
      ],
    })),
    tags: os.registries.tags.handler(() => ({
      more: false,
      tags: ["latest", "8.2", "8", "7.4-alpine"].map((name) => ({
        name,
        sizeBytes: 45_000_000,
        updatedAt: null,
        architectures: ["amd64", "arm64"],
      })),
    })),
    startPrivate: os.registries.startPrivate.handler(() => ({ activity: "none", address: "localhost:5000" })),
  };
}
