import path from "node:path";
import type { GuestLayout } from "../../compose/index.ts";
import { escapeDollars } from "../format/interpolation.ts";
import type { Reference } from "../import/compose/companions.ts";
import { type ServiceParts, withoutEmpty } from "../import/service-parts.ts";
import type { Data } from "../project/data.ts";
import type { ExportedContainer } from "./read-containers.ts";

/** What services of an export share: networks, volumes, and files of the project's folder. */
export class ExportedParts {
  readonly networks: Data = {};
  readonly volumes: Data = {};
  /** Files beside the project that services mount. */
  readonly references: Reference[] = [];
  readonly #app: string | null;
  readonly #folder: string | null;
  readonly #layout: GuestLayout;
  readonly #parts: ServiceParts;

  constructor(app: string | null, folder: string | null, layout: GuestLayout, parts: ServiceParts) {
    this.#app = app;
    this.#folder = folder;
    this.#layout = layout;
    this.#parts = parts;
  }

  /** How a service is attached, in names of the template's own. */
  networking(one: ExportedContainer, key: string, keyOf: (container: string) => string | null): Data {
    const { networking } = one.editable.configuration;
    if (networking.mode === "container") {
      const target = keyOf(networking.container);
      if (target !== null) return { network_mode: `service:${target}` };
      this.#parts.warn(
        key,
        "network_mode",
        `The container "${networking.container}", whose network it shares, is not among them.`,
      );
      return {};
    }
    if (networking.mode !== "networks") return { network_mode: networking.mode };
    const own = networking.networks.filter(({ name }) => name !== "bridge");
    if (own.length === 0) return { network_mode: "bridge" };
    const { summary } = one;
    const usual = new Set([key, summary.service, summary.name, summary.id, summary.id.slice(0, 12)]);
    const networks = own.map(({ name, aliases, ipv4Address, ipv6Address }) => {
      const short = this.#short(name);
      if (short !== "default") this.networks[short] ??= {};
      const options = withoutEmpty({
        aliases: aliases.filter((alias) => !usual.has(alias)),
        ipv4_address: ipv4Address,
        ipv6_address: ipv6Address,
      });
      return [short, Object.keys(options).length === 0 ? null : options] as const;
    });
    const onlyDefault = networks.length === 1 && networks[0]?.[0] === "default" && networks[0][1] === null;
    return onlyDefault ? {} : { networks: Object.fromEntries(networks) };
  }

  /** The mounts of a service; files of the project's folder become files of the template. */
  mounts(one: ExportedContainer, key: string): unknown[] {
    const declared = new Set(one.editable.image?.volumes ?? []);
    return one.editable.configuration.mounts.flatMap((mount): unknown[] => {
      const target = escapeDollars(mount.containerPath);
      const mode = mount.type !== "tmpfs" && mount.readOnly ? ":ro" : "";
      if (mount.type === "tmpfs") {
        const size = mount.sizeBytes === null ? {} : { tmpfs: { size: mount.sizeBytes } };
        return [{ type: "tmpfs", target, ...size }];
      }
      if (mount.type === "volume") {
        // One without a name that the image asks for comes by itself.
        if (mount.name === null) return declared.has(mount.containerPath) ? [] : [target];
        const name = this.#short(mount.name);
        this.volumes[name] ??= {};
        return [`${name}:${target}${mode}`];
      }
      const relative = this.#inFolder(mount.source);
      if (relative === null) {
        this.#parts.warn(
          key,
          "volumes",
          `"${mount.source}" is a path of this machine, which others do not have.`,
        );
        return [`${escapeDollars(mount.source)}:${target}${mode}`];
      }
      this.references.push({ service: key, field: "volumes", path: relative });
      return [`./${escapeDollars(relative)}:${target}${mode}`];
    });
  }

  /** A name without the project's, which Compose puts before it. */
  #short(name: string): string {
    const prefix = `${this.#app ?? ""}_`;
    return this.#app !== null && name.startsWith(prefix) ? name.slice(prefix.length) : name;
  }

  /** The path in the project's folder of a path in the guest; null where it is outside. */
  #inFolder(source: string): string | null {
    const onHost = this.#layout.onHost(source);
    if (onHost === null || this.#folder === null) return null;
    const relative = path.relative(this.#folder, onHost);
    if (relative === "" || relative.startsWith("..") || path.isAbsolute(relative)) return null;
    return relative.split(path.sep).join("/");
  }
}
