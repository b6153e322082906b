import path from "node:path";
import { BerthError } from "../vm.ts";
import { type GuestLayout, isInside } from "./layout.ts";
import type { ResolvedBuild, ResolvedMount, ResolvedProject } from "./resolved.ts";

/** Paths that mean the machine Docker runs on, and that the guest has too. */
const guestsOwn = new Set([
  "/var/run/docker.sock",
  "/run/docker.sock",
  "/etc/localtime",
  "/etc/timezone",
  "/usr/share/zoneinfo",
]);

export interface BuildContext {
  service: string;
  folder: string;
  /** Absolute; null when the Dockerfile is written in the Compose file. */
  dockerfile: string | null;
  build: ResolvedBuild;
}

/** What a project needs of this computer's files. Paths are absolute paths of this computer. */
export interface HostFiles {
  contexts: BuildContext[];
  /** Further folders that builds take files from. */
  extraContexts: { service: string; folder: string }[];
  /** Files and folders in the project's folder that containers mount. */
  mounts: string[];
  /** Files of Compose secrets and configs. */
  secrets: string[];
  /** What has to be said otherwise, because it names a path of this computer literally; null when nothing. */
  override: Record<string, unknown> | null;
}

interface Refusal {
  what: string;
  path: string;
}

/**
 * Sorts out every host path of a resolved project: what is copied, what stays, and what cannot be had. Throws
 * `host_folder_not_shared` naming everything of the last kind.
 */
export function hostFilesOf(project: ResolvedProject, folder: string, layout: GuestLayout): HostFiles {
  const finder = new HostPathFinder(folder, layout);
  for (const [name, service] of Object.entries(project.services)) {
    for (const volume of service.volumes) {
      if (volume.type === "bind") finder.mount(name, volume);
    }
    if (service.build) finder.build(name, service.build);
  }
  for (const [name, volume] of Object.entries(project.volumes)) {
    const device = volume?.driver_opts["device"];
    if (device?.startsWith("/") && /\bbind\b/.test(volume?.driver_opts["o"] ?? ""))
      finder.volume(name, device);
  }
  for (const kind of ["secrets", "configs"] as const) {
    for (const [name, { file }] of Object.entries(project[kind])) {
      if (file !== null) finder.file(kind, name, file);
    }
  }
  finder.throwIfRefused();
  return finder.found;
}

class HostPathFinder {
  readonly found: HostFiles = { contexts: [], extraContexts: [], mounts: [], secrets: [], override: null };
  readonly #folder: string;
  readonly #layout: GuestLayout;
  readonly #refused: Refusal[] = [];

  constructor(folder: string, layout: GuestLayout) {
    this.#folder = folder;
    this.#layout = layout;
  }

  mount(service: string, mount: ResolvedMount): void {
    const source = mount.source ?? "";
    if (guestsOwn.has(source)) return;
    const { host, literal } = this.#locate(source);
    if (!isInside(this.#folder, host)) {
      this.#refused.push({ what: `service "${service}" mounts`, path: host });
      return;
    }
    this.found.mounts.push(host);
    if (!literal) return;
    const said = this.#said("services", service);
    const others = Array.isArray(said["volumes"]) ? (said["volumes"] as unknown[]) : [];
    const { target, read_only: readOnly, bind } = mount;
    // Compose takes the last of two mounts with the same target.
    const moved = { type: "bind", source: this.#layout.inGuest(host), target };
    said["volumes"] = [
      ...others,
      { ...moved, ...(readOnly === true ? { read_only: true } : {}), ...(bind === null ? {} : { bind }) },
    ];
  }

  build(service: string, build: ResolvedBuild): void {
    if (isRemote(build.context)) return;
    const { host, literal } = this.#locate(build.context);
    if (literal) this.#said("services", service)["build"] = { context: this.#layout.inGuest(host) };
    const dockerfile = build.dockerfile_inline === null ? this.#dockerfile(host, build.dockerfile) : null;
    this.found.contexts.push({ service, folder: host, dockerfile, build });
    for (const [name, value] of Object.entries(build.additional_contexts)) {
      if (isRemote(value)) continue;
      const extra = this.#locate(value);
      this.found.extraContexts.push({ service, folder: extra.host });
      if (!extra.literal) continue;
      const said = this.#said("services", service);
      said["build"] = {
        ...(said["build"] as object | undefined),
        additional_contexts: { [name]: this.#layout.inGuest(extra.host) },
      };
    }
  }

  volume(name: string, device: string): void {
    const { host } = this.#locate(device);
    this.#refused.push({ what: `volume "${name}" is bound to`, path: host });
  }

  file(kind: "secrets" | "configs", name: string, file: string): void {
    const { host, literal } = this.#locate(file);
    this.found.secrets.push(host);
    if (literal) this.#said(kind, name)["file"] = this.#layout.inGuest(host);
  }

  throwIfRefused(): void {
    const [first, ...more] = this.#refused;
    if (first === undefined) return;
    const others = more.map(({ what, path: where }) => `${what} ${where}`).join("; ");
    throw new BerthError({
      code: "host_folder_not_shared",
      message:
        `The ${first.what} ${first.path}, which is outside of the project's folder ${this.#folder}, and folders ` +
        `of this computer are not shared with the VM.${others === "" ? "" : ` The same holds for: ${others}.`}`,
      hint: "Move what is needed into the project's folder, where it is copied from, or use a named volume.",
    });
  }

  /** The path of this computer that is meant. `literal`: it was written as such, so it does not exist in the guest. */
  #locate(resolved: string): { host: string; literal: boolean } {
    const host = this.#layout.onHost(resolved);
    return host === null ? { host: path.normalize(resolved), literal: true } : { host, literal: false };
  }

  #dockerfile(context: string, name: string | null | undefined): string {
    const file = name ?? "Dockerfile";
    return this.#layout.onHost(file) ?? path.resolve(context, file);
  }

  #said(kind: "services" | "secrets" | "configs", name: string): Record<string, unknown> {
    this.found.override ??= {};
    const group = (this.found.override[kind] ??= {}) as Record<string, Record<string, unknown>>;
    return (group[name] ??= {});
  }
}

/** Contexts that the builder fetches itself: git and web addresses, images, other services. */
function isRemote(context: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\/|^git@|^(docker-image|oci-layout|service|target):/i.test(context);
}
