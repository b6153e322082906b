import type Docker from "dockerode";
import type { ContainerSummary, PortBinding } from "../contract/index.ts";
import type { LiveList } from "../live/live-list.ts";
import { BerthError, type Logger } from "../vm.ts";
import { type BuildRequest, buildImages } from "./builder.ts";
import { readDefinition } from "./definition.ts";
import { Drafts } from "./drafts.ts";
import { Exclusive } from "./exclusive.ts";
import { composeFailed } from "./failures.ts";
import { GuestFolder, type GuestTunnel } from "./guest-folder.ts";
import { GuestLayout } from "./layout.ts";
import { choosePorts, demandFreePorts, demandScalable } from "./ports.ts";
import {
  DOCKERFILE_SERVICE,
  type Draft,
  mainFiles,
  type Prepared,
  prepare,
  type Work,
} from "./preparation.ts";
import { ComposeProgress, type Goal } from "./progress.ts";
import { checkedProjectName } from "./project-name.ts";
import type { ProjectRecord, ProjectRecords } from "./record.ts";
import { imageOf, withDependencies } from "./resolved.ts";
import { runCompose } from "./runner.ts";

interface ComposeHost {
  tunnel: GuestTunnel;
  docker: Docker;
  logger: Logger;
  records: ProjectRecords;
  containers: LiveList<ContainerSummary>;
  ports: {
    reserve(ports: PortBinding[]): Promise<PortBinding[]>;
    check(hostPort: number): Promise<{ free: boolean; nextFree: number }>;
  };
  /** Starts or resumes the VM where needed, and waits until Docker answers. */
  ensureRunning(): Promise<void>;
}

export interface UpRequest {
  /** Where the project comes from; without it, a project that is known under `name`. */
  source?: { folder: string } | { files: ReadonlyMap<string, string | Uint8Array> };
  /** Needed for `files`; else the file's own name, or the folder's. */
  name?: string;
  /** Values for the Compose file's variables; what was given before stays when they are left out. */
  variables?: Readonly<Record<string, string>>;
  /** Values that are written nowhere on this computer. */
  secrets?: Readonly<Record<string, string>>;
  template?: ProjectRecord["template"];
  services?: readonly string[];
  /** `auto` builds what changed, `always` asks the builder in any case, `never` takes what is there. */
  build?: "auto" | "always" | "never";
  recreate?: boolean;
}

export type SimpleAction = "start" | "stop" | "restart" | "pause" | "unpause";
const goals: Record<SimpleAction, Goal> = {
  start: "up",
  stop: "stop",
  restart: "up",
  pause: "up",
  unpause: "up",
};

/**
 * Compose projects. `docker compose` itself does the work, in the guest, where each project's files lie on the data
 * disk. Every method that takes `Work` reports progress by service and can be cancelled; what runs stays then.
 */
export class ComposeProjects {
  readonly #host: ComposeHost;
  readonly #exclusive = new Exclusive();
  readonly #drafts: Drafts;

  constructor(host: ComposeHost) {
    this.#host = host;
    this.#drafts = new Drafts(host.records, host.containers);
  }

  get records(): ProjectRecords {
    return this.#host.records;
  }

  /** Whether something is being done with the project. */
  isBusy(name: string): boolean {
    return this.#exclusive.isBusy(name);
  }

  /** Finds out which project an `up` is about, and makes sure that nobody else's has its name. Changes nothing. */
  async identify(request: Pick<UpRequest, "source" | "name">): Promise<{ name: string; folder: string }> {
    const { kind, folder, name } = await this.#drafts.of(request);
    return { name, folder: kind === "files" ? this.records.filesFolder(name) : folder };
  }

  /** Makes a project of a folder known without running it. */
  async add(request: { folder: string; name?: string }): Promise<string> {
    const draft = await this.#drafts.of({
      source: { folder: request.folder },
      ...(request.name === undefined ? {} : { name: request.name }),
    });
    if (this.records.get(draft.name)) return draft.name;
    const definition = await readDefinition(draft.folder, await mainFiles(draft));
    const services = draft.kind === "dockerfile" ? [DOCKERFILE_SERVICE] : definition.services;
    await this.records.put({
      ...draft,
      version: 1,
      services: services.map((name) => ({ name, image: "", builds: draft.kind === "dockerfile" })),
    });
    return draft.name;
  }

  /** Creates and starts a project; answers its name. */
  async up(request: UpRequest, work: Work): Promise<string> {
    const draft = await this.#drafts.of(request);
    await this.#exclusive.run(draft.name, work.signal, async () => {
      await this.#host.ensureRunning();
      if (request.source !== undefined && "files" in request.source) {
        await this.records.writeFiles(draft.name, request.source.files);
      }
      await this.#pending(draft.name, startOf(draft.name), () => this.#up(draft, request, work));
    });
    return draft.name;
  }

  /** Start, stop, restart, pause or unpause services that were created; all of them when none are named. */
  async act(action: SimpleAction, name: string, services: readonly string[], work: Work): Promise<void> {
    await this.#exclusive.run(checkedProjectName(name), work.signal, async () => {
      await this.#host.ensureRunning();
      const known = services.length > 0 ? services : this.#servicesOf(name);
      const args = ["--project-name", name, action, ...services];
      await this.#compose(
        `To ${action} ${name}`,
        "/",
        args,
        this.#progress(name, known, goals[action]),
        work,
      );
    });
  }

  /** Removes containers and networks, with `volumes` also the volumes that the project made. */
  async down(name: string, options: { volumes: boolean; forget: boolean }, work: Work): Promise<void> {
    await this.#exclusive.run(checkedProjectName(name), work.signal, async () => {
      await this.#host.ensureRunning();
      const progress = this.#progress(name, this.#servicesOf(name), "remove");
      const volumes = options.volumes ? ["--volumes"] : [];
      const args = ["--project-name", name, "down", "--remove-orphans", ...volumes];
      await this.#compose(`Taking down ${name}`, "/", args, progress, work);
      if (!options.forget) return;
      await new GuestFolder(this.#host.tunnel, new GuestLayout(name)).remove();
      await this.records.remove(name);
    });
  }

  /** Gets newer images of the services that are not built. */
  async pull(name: string, services: readonly string[], work: Work): Promise<void> {
    await this.#onPrepared(name, `Pulling images of ${name}`, work, async (prepared) => {
      const wanted = services.length > 0 ? services : Object.keys(prepared.project.services);
      const progress = this.#progress(name, wanted, "pull");
      const args = [...prepared.args, "pull", "--ignore-buildable", ...services];
      await this.#compose(`Pulling images of ${name}`, prepared.folder, args, progress, work);
    });
  }

  /** Builds one service's image anew and recreates its containers, nothing else. */
  async rebuild(name: string, service: string, cache: boolean, work: Work): Promise<void> {
    await this.#onPrepared(name, `Rebuilding ${service}`, work, async (prepared) => {
      demandService(prepared, service);
      const progress = this.#progress(name, [service], "up", prepared);
      await this.#build(prepared, { services: [service], forced: [service], cache }, progress, work);
      const args = [
        ...prepared.args,
        "up",
        "--detach",
        "--no-build",
        "--no-deps",
        "--force-recreate",
        service,
      ];
      await this.#compose(`Recreating ${service}`, prepared.folder, args, progress, work);
    });
  }

  /** Makes a service run in so many containers. */
  async scale(name: string, service: string, replicas: number, work: Work): Promise<void> {
    await this.#onPrepared(name, `Scaling ${service}`, work, async (prepared) => {
      demandService(prepared, service);
      demandScalable(prepared.project, service, replicas);
      const scaling = `${service}=${replicas}`;
      const args = [
        "up",
        "--detach",
        "--no-build",
        "--no-recreate",
        "--no-deps",
        "--scale",
        scaling,
        service,
      ];
      const progress = this.#progress(name, [service], "up", prepared);
      await this.#compose(`Scaling ${service}`, prepared.folder, [...prepared.args, ...args], progress, work);
      const scale = { ...this.records.get(name)?.scale, [service]: replicas };
      await this.records.update(name, { scale });
    });
  }

  async #up(draft: Draft, request: UpRequest, work: Work): Promise<void> {
    let prepared = await prepare(this.#host.tunnel, draft, request.secrets, work);
    const { project } = prepared;
    const asked = request.services ?? [];
    for (const service of asked) demandService(prepared, service);
    const wanted = withDependencies(project, asked);
    const own = (this.#host.containers.all() ?? []).filter((container) => container.project === draft.name);
    await demandFreePorts(this.#host.ports, project, wanted, own);
    const services = Object.keys(project.services).map((name) => ({
      name,
      image: imageOf(project, name),
      builds: project.services[name]?.build !== null,
    }));
    const pending = startOf(draft.name);
    const record = await this.records.put({ ...draft, version: 1, services, pending });
    const progress = this.#progress(draft.name, wanted, "up", prepared);
    if (request.build !== "never") {
      const forced = request.build === "always" ? wanted : [];
      await this.#build(prepared, { services: wanted, forced, cache: true }, progress, work);
    }
    if (draft.kind === "dockerfile") {
      const image = imageOf(project, DOCKERFILE_SERVICE);
      const ports = await choosePorts(this.#host, image, record.ports, own);
      await this.records.update(draft.name, { ports });
      prepared = await prepare(this.#host.tunnel, { ...draft, ports }, undefined, work);
    }
    const scale = Object.entries(draft.scale).filter(([service]) => service in project.services);
    const args = [
      ...[...prepared.args, "up", "--detach", "--no-build"],
      ...(request.recreate === true ? ["--force-recreate"] : []),
      ...scale.flatMap(([service, replicas]) => ["--scale", `${service}=${replicas}`]),
      ...asked,
    ];
    await this.#compose(startOf(draft.name), prepared.folder, args, progress, work);
  }

  async #build(
    prepared: Prepared,
    request: Omit<BuildRequest, "builds">,
    progress: ComposeProgress,
    work: Work,
  ): Promise<void> {
    const { name } = prepared.project;
    const before = this.records.get(name)?.builds ?? {};
    const builds = await buildImages(this.#host, prepared, { ...request, builds: before }, progress, work);
    await this.records.update(name, { builds });
  }

  /** Does something with a known project, its files brought up to date first. */
  async #onPrepared(
    name: string,
    doing: string,
    work: Work,
    act: (prepared: Prepared) => Promise<void>,
  ): Promise<void> {
    const draft = await this.#drafts.of({ name });
    await this.#exclusive.run(draft.name, work.signal, async () => {
      await this.#host.ensureRunning();
      await this.#pending(name, doing, async () => {
        const prepared = await prepare(this.#host.tunnel, draft, undefined, work);
        if (this.records.get(name) === undefined) {
          await this.records.put({ ...draft, version: 1, pending: doing });
        }
        await act(prepared);
      });
    });
  }

  /** Notes what is under way, so that it is known after the engine ended in the middle of it. */
  async #pending(name: string, doing: string, work: () => Promise<void>): Promise<void> {
    await this.records.update(name, { pending: doing });
    try {
      await work();
    } finally {
      await this.records.update(name, { pending: null });
    }
  }

  async #compose(
    doing: string,
    folder: string,
    args: string[],
    progress: ComposeProgress,
    work: Work,
  ): Promise<void> {
    work.report({ ...progress.state(), detail: doing });
    const common = args.includes("--progress") ? args : ["--ansi", "never", "--progress", "plain", ...args];
    const { exitCode, lines } = await runCompose(this.#host.tunnel, {
      folder,
      args: common,
      signal: work.signal,
      onLine: (line) => {
        if (progress.add(line)) work.report(progress.state());
      },
    });
    if (exitCode !== 0) throw composeFailed(doing, lines);
  }

  #progress(name: string, services: readonly string[], goal: Goal, prepared?: Prepared): ComposeProgress {
    const byContainer = new Map<string, string>();
    for (const container of this.#host.containers.all() ?? []) {
      if (container.project === name && container.service !== null) {
        byContainer.set(container.name, container.service);
      }
    }
    for (const [service, { container_name: own }] of Object.entries(prepared?.project.services ?? {})) {
      if (own !== null) byContainer.set(own, service);
    }
    const usual = new RegExp(`^${name}[-_](.+)[-_]\\d+$`);
    const serviceOf = (id: string) => byContainer.get(id) ?? usual.exec(id)?.[1] ?? null;
    return new ComposeProgress(services, serviceOf, goal);
  }

  #servicesOf(name: string): string[] {
    const containers = (this.#host.containers.all() ?? []).filter((container) => container.project === name);
    return [...new Set(containers.flatMap(({ service }) => (service === null ? [] : [service])))];
  }
}

function startOf(name: string): string {
  return `Starting ${name}`;
}

function demandService(prepared: Prepared, service: string): void {
  if (service in prepared.project.services) return;
  const names = Object.keys(prepared.project.services).join(", ");
  throw new BerthError({
    code: "service_not_found",
    message: `"${prepared.project.name}" has no service "${service}".`,
    hint: `Its services are: ${names}.`,
  });
}
