import { implement } from "@orpc/server";
import { contract } from "../../engine/contract/contract.ts";
import type { ContainerSummary, Version } from "../../engine/contract/index.ts";
import { container } from "./fake-data.ts";
import type { FakeList } from "./feed.ts";

const os = implement(contract);
const hour = 3_600_000;
const nothing = { added: 0, modified: 0, deleted: 0 };

function version(number: number, given: Partial<Version> = {}): Version {
  return {
    id: `sha256:version-${number}`,
    number,
    parent: null,
    note: "",
    createdAt: new Date(Date.now() - (9 - number) * 7 * hour).toISOString(),
    image: "berth/welcome:latest",
    sizeBytes: 180_000 * number * number,
    totalBytes: 9_000_000,
    changes: { added: number, modified: 2, deleted: 0 },
    tags: [],
    usedBy: [],
    current: false,
    ...given,
  };
}

const ids = { first: "sha256:version-1", second: "sha256:version-2", third: "sha256:version-3" };

function someVersions(): Version[] {
  return [
    version(1, { note: "Fresh from the image, with our settings" }),
    version(2, { parent: ids.first, note: "Before the upgrade", tags: ["welcome:stable"] }),
    version(3, { parent: ids.second, usedBy: ["welcome"], current: true, changes: nothing }),
    version(4, {
      parent: ids.first,
      note: "Another try, <b>which went on and on</b> because somebody wrote down the whole evening of it",
      usedBy: ["welcome-fork", "welcome-fork-2"],
    }),
    version(5, { parent: ids.third, note: "Imported the products", sizeBytes: 48_300_000 }),
  ];
}

/** Versions of containers: the first container has some, the others none. */
export function fakeVersions(containers: FakeList<ContainerSummary>) {
  const kept = new Map<string, Version[]>();
  const of = (id: string): Version[] => {
    const known = kept.get(id) ?? (containers.get(id)?.name === "welcome" ? someVersions() : []);
    kept.set(id, known);
    return known;
  };
  const slowly = () => new Promise((resolve) => setTimeout(resolve, 1500));

  return {
    tree: os.versions.tree.handler(({ input }) => ({
      container: {
        id: input.id,
        name: containers.get(input.id)?.name ?? "",
        temporary: containers.get(input.id)?.autoRemove ?? false,
      },
      versions: of(input.id),
      changes: { added: 2, modified: 1, deleted: 0 },
    })),
    snapshot: os.versions.snapshot.handler(({ input }) => {
      const all = of(input.id);
      const parent = all.find(({ current }) => current)?.id ?? null;
      const made = version(all.length + 1, {
        parent,
        note: input.note,
        createdAt: new Date().toISOString(),
      });
      kept.set(input.id, [...all, made]);
      return made;
    }),
    changes: os.versions.changes.handler(() => ({
      added: 2,
      modified: 301,
      deleted: 1,
      files: [
        { path: "/www/products/index.html", kind: "added" as const },
        { path: "/www/products/<img src=x onerror=alert(1)>.html", kind: "added" as const },
        { path: "/etc/motd", kind: "deleted" as const },
        ...Array.from({ length: 60 }, (_, index) => ({
          path: `/var/lib/app/cache/${index}/a-file-with-a-long-name-that-somebody-generated-${index}.json`,
          kind: "modified" as const,
        })),
      ],
    })),
    revert: os.versions.revert.handler(async ({ input }) => {
      await slowly();
      kept.set(
        input.id,
        of(input.id).map((one) => ({ ...one, current: one.id === input.version })),
      );
      return { id: input.id, warnings: [] };
    }),
    fork: os.versions.fork.handler(async ({ input }) => {
      await slowly();
      const ports = [{ hostIp: "", hostPort: 8081, containerPort: 80, protocol: "tcp" as const }];
      const made = container(7000 + containers.all().length, { name: input.name, ports });
      containers.put(made);
      return {
        id: made.id,
        warnings: [],
        ports: ports.map((given) => ({ asked: 8080, given })),
        volumes: [{ from: "pages", to: `${input.name}-pages` }],
      };
    }),
    promote: os.versions.promote.handler(({ input }) => {
      kept.set(
        input.id,
        of(input.id).map((one) =>
          one.id === input.version ? { ...one, tags: [...one.tags, input.tag] } : one,
        ),
      );
    }),
    remove: os.versions.remove.handler(({ input, errors }) => {
      const all = of(input.id);
      if (all.some(({ parent }) => parent === input.version)) {
        throw errors.FAILED({
          message: "The version cannot be deleted: a later version builds on it.",
          data: { code: "version_in_use", hint: "Delete the later version first." },
        });
      }
      kept.set(
        input.id,
        all.filter(({ id }) => id !== input.version),
      );
    }),
  };
}
