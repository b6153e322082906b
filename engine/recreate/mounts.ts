import type { Configuration, Mount } from "../contract/index.ts";
import type { ContainerDetails } from "./details.ts";

type HostConfig = ContainerDetails["HostConfig"];

/** Mounts as Docker's API takes them. */
export interface MountOptions {
  Binds: string[];
  Mounts: object[];
  Tmpfs: Record<string, string>;
}

interface Source {
  mount: Mount;
  /** How it was asked for; null for a volume that Docker made by itself. */
  asked: Partial<MountOptions> | null;
}

const nothing: MountOptions = { Binds: [], Mounts: [], Tmpfs: {} };

/** Docker names volumes that nobody named with a random number. */
function isAnonymousVolume(name: string): boolean {
  return /^[0-9a-f]{64}$/.test(name);
}

/** What a container mounts itself, by path, without what it has by `--volumes-from`. */
export function readMounts(container: ContainerDetails): Mount[] {
  const mounts = sources(container).map(({ mount }) => mount);
  return mounts.sort((a, b) => (a.containerPath < b.containerPath ? -1 : 1));
}

/**
 * The mounts for a container that is to be made. Those that the old one has as well are asked for as they were, with
 * every option that we do not know.
 */
export function mountOptions(mounts: Configuration["mounts"], old: ContainerDetails | null): MountOptions {
  const known = old === null ? [] : sources(old);
  const options = mounts.map((mount) => {
    const same = known.find((source) => JSON.stringify(source.mount) === JSON.stringify(mount));
    return same?.asked ?? plainOptions(mount);
  });
  return options.reduce<MountOptions>(
    (all, one) => ({
      Binds: [...all.Binds, ...(one.Binds ?? [])],
      Mounts: [...all.Mounts, ...(one.Mounts ?? [])],
      Tmpfs: { ...all.Tmpfs, ...one.Tmpfs },
    }),
    nothing,
  );
}

function plainOptions(mount: Mount): Partial<MountOptions> {
  if (mount.type === "tmpfs") {
    const options = mount.sizeBytes === null ? "" : `size=${mount.sizeBytes}`;
    return { Tmpfs: { [mount.containerPath]: options } };
  }
  const source = mount.type === "bind" ? mount.source : (mount.name ?? mount.anonymousVolume);
  // Mounts take source and path as data; the short `a:b:ro` form would be taken apart at its colons.
  return {
    Mounts: [
      {
        Type: mount.type,
        ...(source === null ? {} : { Source: source }),
        Target: mount.containerPath,
        ReadOnly: mount.readOnly,
      },
    ],
  };
}

function sources(container: ContainerDetails): Source[] {
  const { HostConfig, Mounts, Config } = container;
  const asked = [
    ...fromBinds(HostConfig.Binds),
    ...fromMounts(HostConfig.Mounts),
    ...fromTmpfs(HostConfig.Tmpfs),
  ];
  const paths = new Set(asked.map(({ mount }) => mount.containerPath));
  const made = Mounts.filter(
    ({ Type, Destination }) =>
      Type === "volume" &&
      !paths.has(Destination) &&
      // Those of other containers have no place in the container's own list.
      (HostConfig.VolumesFrom.length === 0 || Config.Volumes.includes(Destination)),
  );
  const byItself = made.map(({ Name, Destination, RW }): Source => ({
    mount: volume(Name, Destination, !RW),
    asked: null,
  }));
  // A mount that was asked for without a name has got one meanwhile.
  return [...asked, ...byItself].map((source) => named(source, Mounts));
}

function named(source: Source, mounts: ContainerDetails["Mounts"]): Source {
  const { mount } = source;
  if (mount.type !== "volume" || mount.name !== null || mount.anonymousVolume !== null) return source;
  const made = mounts.find(
    ({ Type, Destination }) => Type === "volume" && Destination === mount.containerPath,
  );
  return made === undefined ? source : { mount: { ...mount, anonymousVolume: made.Name }, asked: null };
}

function volume(name: string, containerPath: string, readOnly: boolean): Mount {
  const anonymous = name === "" || isAnonymousVolume(name);
  return {
    type: "volume",
    name: anonymous ? null : name,
    containerPath,
    readOnly,
    anonymousVolume: anonymous && name !== "" ? name : null,
  };
}

/** `SOURCE:PATH[:OPTIONS]` */
function fromBinds(binds: HostConfig["Binds"]): Source[] {
  return binds.flatMap((bind) => {
    const [source = "", containerPath = "", options = ""] = bind.split(":");
    if (containerPath === "") return [];
    const readOnly = options.split(",").includes("ro");
    const mount: Mount = source.startsWith("/")
      ? { type: "bind", source, containerPath, readOnly }
      : volume(source, containerPath, readOnly);
    return [{ mount, asked: { Binds: [bind] } }];
  });
}

function fromMounts(mounts: HostConfig["Mounts"]): Source[] {
  return mounts.flatMap((one): Source[] => {
    const { Type, Source: source, Target: containerPath, ReadOnly: readOnly } = one;
    const asked = { Mounts: [one] };
    switch (Type) {
      case "bind":
        return [{ mount: { type: "bind", source, containerPath, readOnly }, asked }];
      case "volume":
        return [{ mount: volume(source, containerPath, readOnly), asked }];
      case "tmpfs": {
        const size = one.TmpfsOptions?.SizeBytes ?? 0;
        return [{ mount: { type: "tmpfs", containerPath, sizeBytes: size === 0 ? null : size }, asked }];
      }
      default:
        return [];
    }
  });
}

function fromTmpfs(tmpfs: HostConfig["Tmpfs"]): Source[] {
  return Object.entries(tmpfs).map(([containerPath, options]) => {
    const size = /(?:^|,)size=(\d+)(?:,|$)/.exec(options)?.[1];
    return {
      mount: { type: "tmpfs", containerPath, sizeBytes: size === undefined ? null : Number(size) },
      asked: { Tmpfs: { [containerPath]: options } },
    };
  });
}
