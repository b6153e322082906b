import { EventEmitter } from "node:events";
import { readStream } from "../engine/contract/index.ts";
import type { BerthClient, Change, ContainerSummary, Settings, Status } from "../engine/contract/index.ts";
import type { EngineConnection } from "../engine/contract/connect.ts";
import type { EngineLink } from "./engine-link.ts";
import type { ShellLog } from "./log.ts";

/**
 * What the shell knows of the engine, fed by its streams: null is "not known right now", never "nothing".
 * Emits `change` after each piece of news.
 */
export class EngineMirror extends EventEmitter<{ change: [] }> {
  readonly #log: ShellLog;
  status: Status | null = null;
  settings: Settings | null = null;
  containers: ReadonlyMap<string, ContainerSummary> | null = null;

  constructor(link: EngineLink, log: ShellLog) {
    super();
    this.#log = log;
    link.on("up", (connection) => {
      this.#follow(connection);
    });
    link.on("down", () => {
      this.status = null;
      this.containers = null;
      this.emit("change");
    });
  }

  #follow({ client }: EngineConnection): void {
    void this.#read("vm", client, client.vm.watch(), (status) => {
      this.status = status;
    });
    void this.#read("settings", client, client.settings.watch(), (settings) => {
      this.settings = settings;
    });
    void this.#read("containers", client, client.containers.watch(), (change) => {
      this.containers = applyChange(this.containers, change);
    });
  }

  /** Waits, within bounds, until state and settings are known; true when they are. */
  known(timeoutMs: number): Promise<boolean> {
    const isKnown = (): boolean => this.status !== null && this.settings !== null;
    if (isKnown()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        this.off("change", check);
        resolve(isKnown());
      };
      const check = (): void => {
        if (isKnown()) finish();
      };
      const timer = setTimeout(finish, timeoutMs);
      this.on("change", check);
    });
  }

  async #read<T>(
    name: string,
    client: BerthClient,
    stream: Parameters<typeof readStream<T>>[1],
    take: (item: T) => void,
  ): Promise<void> {
    try {
      for await (const item of readStream(client, stream)) {
        take(item);
        this.emit("change");
      }
    } catch (error) {
      this.#log.warn("stream ended", { stream: name, cause: String(error) });
    }
  }
}

function applyChange(
  known: ReadonlyMap<string, ContainerSummary> | null,
  change: Change<ContainerSummary>,
): ReadonlyMap<string, ContainerSummary> | null {
  if (change.kind === "unknown") return null;
  if (change.kind === "snapshot") return new Map(change.items.map((item) => [item.id, item]));
  const next = new Map(known);
  if (change.kind === "upsert") next.set(change.item.id, change.item);
  else next.delete(change.id);
  return next;
}
