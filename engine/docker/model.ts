import type Docker from "dockerode";
import type { ContainerSummary, ImageSummary } from "../contract/index.ts";
import { LiveList } from "../live/live-list.ts";
import { pause } from "../live/pause.ts";
import type { Logger } from "../vm.ts";
import { containerAnswer, containerListAnswer, type ImageAnswer, imageListAnswer } from "./answers.ts";
import { getJson } from "./client.ts";
import { dockerStatus, isConnectionLoss } from "./errors.ts";
import { type DockerEvent, openEvents } from "./events.ts";
import { VOLUME_HELPER } from "./helpers.ts";
import { containerSummary, imageSummary, listedContainer } from "./summaries.ts";

/** Changes within this time are looked up together: `compose up` causes dozens at once. */
const COALESCE_MS = 25;
const RECONNECT_MS = [200, 500, 1000, 2000, 5000];
const PARALLEL_INSPECTS = 4;
/** Containers up to this number are described in full before the list is shown. */
const FEW_CONTAINERS = 50;
/** Containers that are looked up before what is known of them is shown. */
const BURST = 100;

/**
 * Containers and images of one Docker engine as they are now: a full list on connect, patched by Docker's
 * events, and a full list again after any gap. Unknown while there is no connection.
 */
export class DockerModel {
  readonly containers = new LiveList<ContainerSummary>((container) => container.id);
  readonly images = new LiveList<ImageSummary>((image) => image.id);
  readonly #docker: Docker;
  readonly #logger: Logger;
  readonly #listeners = new Set<() => void>();
  #session: AbortController | null = null;
  #version: string | null = null;

  constructor(docker: Docker, logger: Logger) {
    this.#docker = docker;
    this.#logger = logger;
  }

  /** Version of the Docker engine, null while it cannot be reached. */
  get version(): string | null {
    return this.#version;
  }

  /** Calls back after anything in the engine changed, disk use included. */
  onActivity(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Starts following the engine, which can be reached from now on. */
  connect(): void {
    if (this.#session) return;
    this.#session = new AbortController();
    void this.#follow(this.#session.signal);
  }

  /** Stops following: everything is unknown until the next `connect`. */
  disconnect(): void {
    this.#session?.abort();
    this.#session = null;
    this.#forget();
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const ended = () => signal.aborted;
    for (let failures = 0; !ended(); failures += 1) {
      try {
        await this.#followOnce(signal, () => (failures = 0));
        this.#logger.info("docker events ended");
      } catch (error) {
        if (!ended() && !isConnectionLoss(error)) this.#logger.warn("docker events failed", { error });
      }
      if (ended()) return;
      this.#forget();
      const waitMs = RECONNECT_MS[Math.min(failures, RECONNECT_MS.length - 1)] ?? 5000;
      await pause(waitMs, signal);
    }
  }

  async #followOnce(signal: AbortSignal, connected: () => void): Promise<void> {
    // A stream of its own per attempt: whatever goes wrong, none is left open.
    const attempt = new AbortController();
    const end = () => attempt.abort();
    signal.addEventListener("abort", end, { once: true });
    try {
      const events = await openEvents(this.#docker, attempt.signal);
      const patches = new Patches((ids, images) => this.#patch(ids, images, signal), end);
      patches.look(await this.#resync(signal));
      connected();
      for await (const event of events) {
        patches.note(event);
        for (const listener of this.#listeners) listener();
      }
      if (patches.failure !== null) throw patches.failure;
    } finally {
      signal.removeEventListener("abort", end);
      end();
    }
  }

  /** Lists everything; answers the containers of which only the list's own words are known so far. */
  async #resync(signal: AbortSignal): Promise<string[]> {
    const [version, answer, images] = await Promise.all([
      this.#docker.version(),
      getJson(this.#docker, { path: "/containers/json", query: { all: "1" } }),
      this.#listImages(),
    ]);
    const listed = containerListAnswer.parse(answer);
    const ids = listed.map((container) => container.Id);
    const many = ids.length > FEW_CONTAINERS;
    const containers = many
      ? listed.map(listedContainer).filter(isShown)
      : [...(await this.#describe(ids)).values()].filter((container) => container !== null);
    if (signal.aborted) return [];
    this.#version = version.Version;
    this.containers.reset(containers);
    this.#resetImages(images);
    for (const listener of this.#listeners) listener();
    return many ? ids : [];
  }

  /** Looks at what changed, together. */
  async #patch(ids: string[], imagesChanged: boolean, signal: AbortSignal): Promise<void> {
    const containers = await this.#describe(ids);
    const images = imagesChanged ? await this.#listImages() : null;
    if (signal.aborted) return;
    this.containers.together(() => {
      for (const [id, container] of containers) {
        if (container === null) this.containers.remove(id);
        else this.containers.upsert(container);
      }
    });
    if (images) this.#resetImages(images);
    else this.#resetUsers();
  }

  /** The containers with these ids; null for one that is gone. */
  async #describe(ids: string[]): Promise<Map<string, ContainerSummary | null>> {
    const described = new Map<string, ContainerSummary | null>();
    const left = [...ids];
    const worker = async () => {
      for (let id = left.pop(); id !== undefined; id = left.pop()) described.set(id, await this.#inspect(id));
    };
    await Promise.all(Array.from({ length: PARALLEL_INSPECTS }, worker));
    return described;
  }

  async #inspect(id: string): Promise<ContainerSummary | null> {
    try {
      const summary = containerSummary(containerAnswer.parse(await this.#docker.getContainer(id).inspect()));
      return isShown(summary) ? summary : null;
    } catch (error) {
      if (dockerStatus(error) === 404) return null;
      throw error;
    }
  }

  /** With the size that images share, which Docker counts only when asked. */
  async #listImages(): Promise<ImageAnswer[]> {
    const answer = await getJson(this.#docker, { path: "/images/json", query: { "shared-size": "1" } });
    return imageListAnswer.parse(answer).filter(({ RepoTags }) => !RepoTags.includes(VOLUME_HELPER.image));
  }

  #resetImages(images: ImageAnswer[]): void {
    const users = this.#users();
    this.images.reset(images.map((image) => imageSummary(image, users.get(image.Id) ?? [])));
  }

  #resetUsers(): void {
    const users = this.#users();
    this.images.together(() => {
      for (const image of this.images.all() ?? []) {
        this.images.upsert({ ...image, usedBy: users.get(image.id) ?? [] });
      }
    });
  }

  /** Ids of the containers made from each image. */
  #users(): Map<string, string[]> {
    const users = new Map<string, string[]>();
    for (const { id, imageId } of this.containers.all() ?? []) {
      const known = users.get(imageId);
      if (known) known.push(id);
      else users.set(imageId, [id]);
    }
    return users;
  }

  #forget(): void {
    this.#version = null;
    this.containers.forget();
    this.images.forget();
    for (const listener of this.#listeners) listener();
  }
}

/** Containers that Berth runs for a moment to look into volumes are nobody's business. */
function isShown({ labels }: ContainerSummary): boolean {
  return !(VOLUME_HELPER.label in labels);
}

/** Collects what events touch and hands it over in bursts, one burst at a time. */
class Patches {
  failure: Error | null = null;
  readonly #apply: (ids: string[], imagesChanged: boolean) => Promise<void>;
  readonly #end: () => void;
  #ids = new Set<string>();
  #images = false;
  #busy = false;

  constructor(apply: (ids: string[], imagesChanged: boolean) => Promise<void>, end: () => void) {
    this.#apply = apply;
    this.#end = end;
  }

  note(event: DockerEvent): void {
    // A prune is told as one more event, without an id, after those of what it removed.
    if (event.Type === "container" && event.Actor.ID === "") return;
    if (event.Type === "container") this.#ids.add(event.Actor.ID);
    else if (event.Type === "image") this.#images = true;
    else return;
    if (!this.#busy) void this.#run();
  }

  /** Looks these up as if an event had named them. */
  look(ids: string[]): void {
    for (const id of ids) this.#ids.add(id);
    if (ids.length > 0 && !this.#busy) void this.#run();
  }

  async #run(): Promise<void> {
    this.#busy = true;
    try {
      while (this.#ids.size > 0 || this.#images) {
        await new Promise((resolve) => setTimeout(resolve, COALESCE_MS));
        const [ids, images] = [[...this.#ids].slice(0, BURST), this.#images];
        for (const id of ids) this.#ids.delete(id);
        this.#images = false;
        await this.#apply(ids, images);
      }
    } catch (error) {
      // What changed is lost, so this is a gap: the events end and everything is listed anew.
      this.failure = error instanceof Error ? error : new Error(String(error));
      this.#end();
    } finally {
      this.#busy = false;
    }
  }
}
