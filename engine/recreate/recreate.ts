import type Docker from "dockerode";
import type { Activities } from "../activity/index.ts";
import type { Configuration, EditableConfiguration, PortBinding } from "../contract/index.ts";
import { dockerStatus } from "../docker/index.ts";
import { BerthError, describeError, type Logger } from "../vm.ts";
import { refuseHostFolders } from "./bind-rules.ts";
import { createContainer, isImagePresent } from "./create.ts";
import { createBody } from "./create-body.ts";
import { dependentsOf } from "./dependents.ts";
import { type ContainerDetails, containerDetailsOf, type ImageDetails, imageDetailsOf } from "./details.ts";
import { RecreateJournal } from "./journal.ts";
import { exposedPort, readConfiguration, variable } from "./read.ts";
import { finishUnfinished, replaceContainer } from "./replace.ts";

export interface RecreateHost {
  docker: Docker;
  logger: Logger;
  activities: Activities;
  /** Gives every binding a host port that is free, or throws naming who holds it. */
  reservePorts(ports: PortBinding[]): Promise<PortBinding[]>;
  /** Gets the newest image of a name. */
  pull(reference: string, report: (state: Progress) => void, signal: AbortSignal): Promise<void>;
  /** File for what is under way. */
  journalFile: string;
}

type Progress = Parameters<Parameters<Parameters<Activities["start"]>[1]>[0]>[0];

interface Recreated {
  id: string;
  warnings: string[];
}

interface RunOptions {
  start?: boolean;
  /** Labels of Berth's own. */
  labels?: Record<string, string>;
  /** The configuration that it is a copy of: what that one mounts is not refused. */
  like?: Configuration | null;
}

interface ApplyOptions {
  pull: boolean;
  waitSeconds: number | null;
}

/** Containers as what they were made of: read, made, and made anew with another configuration. */
export class Recreate {
  readonly #host: RecreateHost;
  readonly #journal: RecreateJournal;
  /** Names and ids of containers that are being replaced. */
  readonly #busy = new Set<string>();

  constructor(host: RecreateHost) {
    this.#host = host;
    this.#journal = new RecreateJournal(host.journalFile);
  }

  async read(id: string): Promise<EditableConfiguration> {
    const { docker } = this.#host;
    const { container, image, configuration } = await this.describe(id);
    const [changes, dependents] = await Promise.all([
      docker.getContainer(container.Id).changes() as Promise<unknown>,
      dependentsOf(docker, container),
    ]);
    const labels = container.Config.Labels;
    const project = labels["com.docker.compose.project"];
    return {
      configuration,
      image: image === null ? null : imageParts(image),
      app: project === undefined ? null : { project, service: labels["com.docker.compose.service"] ?? "" },
      changedFiles: Array.isArray(changes) ? changes.length : 0,
      dependents,
      refusal: container.HostConfig.AutoRemove ? temporary(container.Name).message : null,
    };
  }

  /** A container with its image and configuration. */
  async describe(id: string): Promise<{
    container: ContainerDetails;
    image: ImageDetails | null;
    configuration: Configuration;
  }> {
    const { docker } = this.#host;
    const container = await containerDetailsOf(docker, id);
    const image = await imageDetailsOf(docker, container.Image).catch((error: unknown) => {
      if (dockerStatus(error) === 404) return null;
      throw error;
    });
    return { container, image, configuration: readConfiguration(container, image) };
  }

  /** Creates and, unless told otherwise, starts a container. One that cannot be started is removed again. */
  async run(
    configuration: Configuration,
    { start = true, labels = {}, like = null }: RunOptions = {},
  ): Promise<Recreated & { name: string; ports: PortBinding[] }> {
    const { docker } = this.#host;
    refuseHostFolders(configuration, like);
    const ports = await this.#host.reservePorts(configuration.ports);
    if (!(await isImagePresent(docker, configuration.image))) await this.#pull(configuration.image);
    const body = createBody({ ...configuration, ports }, null, labels);
    const { id, warnings } = await createContainer(
      docker,
      configuration.name,
      body,
      configuration.advanced.platform,
    );
    try {
      if (start) await docker.getContainer(id).start();
      const { Name } = await containerDetailsOf(docker, id);
      return { id, warnings, name: Name, ports };
    } catch (error) {
      await this.#removeFailed(id);
      throw error;
    }
  }

  /** Recreates a container with another configuration, as an activity. */
  apply(id: string, configuration: Configuration, options: ApplyOptions): Promise<Recreated> {
    return this.#exclusively(id, async (old) => {
      const { Name, Id } = old.container;
      const activity = { kind: "container.recreate", title: `Recreate ${Name}`, cancellable: true };
      return this.#host.activities.start(activity, async (report, signal) => {
        const tell = (detail: string) => report({ detail, progress: null });
        refuseHostFolders(configuration, old.configuration);
        const ports = await this.#portsFor(configuration, old.configuration);
        if (options.pull || !(await isImagePresent(this.#host.docker, configuration.image))) {
          await this.#host.pull(configuration.image, report, signal);
        }
        const replacement = { configuration: { ...configuration, ports }, waitSeconds: options.waitSeconds };
        const made = await this.#replace(old.container, replacement, tell, signal);
        const dependents = await dependentsOf(this.#host.docker, { Id, Name });
        return { ...made, warnings: [...made.warnings, ...dependents.map(dependentWarning)] };
      }).done;
    });
  }

  /** Gets the newest image of the container's tag and recreates it where that is another one. */
  update(id: string): Promise<Recreated & { updated: boolean }> {
    return this.#exclusively(id, async ({ container, configuration }) => {
      const { image } = configuration;
      if (/^(sha256:)?[0-9a-f]{12,64}$/.test(image) || image.includes("@sha256:"))
        throw fixedImage(container.Name);
      const activity = { kind: "container.update", title: `Update ${container.Name}`, cancellable: true };
      return this.#host.activities.start(activity, async (report, signal) => {
        const tell = (detail: string) => report({ detail, progress: null });
        await this.#host.pull(image, report, signal);
        const newest = await imageDetailsOf(this.#host.docker, image);
        if (newest.Id === container.Image) return { id: container.Id, warnings: [], updated: false };
        const made = await this.#replace(container, { configuration, waitSeconds: null }, tell, signal);
        return { ...made, updated: true };
      }).done;
    });
  }

  /** Puts back, or finishes, what the end of an engine cut short. To be called once Docker can be reached. */
  async finishUnfinished(): Promise<void> {
    for (const entry of await this.#journal.entries()) {
      if (this.#busy.has(entry.name)) continue;
      this.#busy.add(entry.name);
      try {
        await finishUnfinished({ ...this.#host, journal: this.#journal }, entry);
        this.#host.logger.info("finished a replacement that was cut short", { name: entry.name });
      } catch (error) {
        this.#host.logger.warn("a replacement that was cut short could not be finished", {
          name: entry.name,
          error: describeError(error),
        });
      } finally {
        this.#busy.delete(entry.name);
      }
    }
  }

  async #pull(reference: string): Promise<void> {
    const activity = { kind: "image.pull", title: `Pull ${reference}`, cancellable: true };
    const pull = this.#host.activities.start(activity, (report, signal) =>
      this.#host.pull(reference, report, signal),
    );
    await pull.done;
  }

  #replace(
    old: ContainerDetails,
    replacement: { configuration: Configuration; waitSeconds: number | null },
    tell: (detail: string) => void,
    signal: AbortSignal,
  ): Promise<Recreated> {
    return replaceContainer({ ...this.#host, journal: this.#journal }, old, replacement, tell, signal);
  }

  /** The old container's own ports are free once it is stopped; others have to be free now. */
  async #portsFor(configuration: Configuration, old: Configuration): Promise<PortBinding[]> {
    const isOwn = (port: PortBinding) =>
      port.hostPort !== null &&
      old.ports.some(({ hostPort, protocol }) => hostPort === port.hostPort && protocol === port.protocol);
    const reserved = await this.#host.reservePorts(configuration.ports.filter((port) => !isOwn(port)));
    return [...configuration.ports.filter(isOwn), ...reserved];
  }

  async #exclusively<T>(
    id: string,
    work: (old: { container: ContainerDetails; configuration: Configuration }) => Promise<T>,
  ): Promise<T> {
    const old = await this.describe(id);
    const { Name } = old.container;
    if (old.container.HostConfig.AutoRemove) throw temporary(Name);
    if (this.#busy.has(Name)) throw busy(Name);
    this.#busy.add(Name);
    try {
      return await work(old);
    } finally {
      this.#busy.delete(Name);
    }
  }

  async #removeFailed(id: string): Promise<void> {
    try {
      await this.#host.docker.getContainer(id).remove({ force: true, v: true });
    } catch (error) {
      // With auto-removal Docker may have been faster.
      if (dockerStatus(error) !== 404) this.#host.logger.warn("container left behind", { id, error });
    }
  }
}

function imageParts(image: ImageDetails): EditableConfiguration["image"] {
  const config = image.Config;
  return {
    id: image.Id,
    command: config?.Cmd ?? [],
    entrypoint: config?.Entrypoint ?? [],
    environment: (config?.Env ?? []).map(variable),
    user: config?.User ?? "",
    workingDirectory: config?.WorkingDir ?? "",
    exposed: (config?.ExposedPorts ?? []).flatMap(exposedPort),
    volumes: config?.Volumes ?? [],
    hasHealthCheck: (config?.Healthcheck?.Test ?? []).some((word) => word !== "NONE"),
  };
}

function temporary(name: string): BerthError {
  return new BerthError({
    code: "temporary_container",
    message: `${name} is temporary (--rm): it removes itself when it stops, so it cannot be made anew.`,
    hint: "Fork it into a container that stays, or run it again.",
  });
}

function busy(name: string): BerthError {
  return new BerthError({
    code: "busy",
    message: `${name} is being recreated already.`,
    hint: "Wait until that is done, or cancel it.",
  });
}

function fixedImage(name: string): BerthError {
  return new BerthError({
    code: "image_fixed",
    message: `${name} runs from one fixed image, not from a tag that could have a newer one.`,
    hint: "Choose an image with a tag in its configuration.",
  });
}

function dependentWarning(name: string): string {
  return `${name} uses this container's network or volumes and has to be recreated too.`;
}
