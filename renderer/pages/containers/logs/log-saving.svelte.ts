import { describeFailure, readBatches } from "../../../../engine/contract/client.ts";
import { engine } from "../../../connection/index.ts";
import { formatDecimal } from "../../../formats/quantity.ts";
import { toasts } from "../../../stores/toasts.svelte.ts";
import { saveFile } from "../save-file.ts";
import { AnsiReader } from "./ansi.ts";

export interface SavedLog {
  containers: readonly { id: string; name: string }[];
  times: boolean;
  fileName: string;
}

/** Saves logs as Docker has them, from their beginning, as plain text; what a page holds may be less. */
export class LogSaving {
  active: boolean = $state(false);
  #bytes: number = $state(0);
  #abort: AbortController | null = null;

  get progress(): string {
    return formatDecimal(this.#bytes);
  }

  async toggle(log: SavedLog): Promise<void> {
    if (this.active) {
      this.cancel();
      return;
    }
    const abort = new AbortController();
    this.#abort = abort;
    this.active = true;
    this.#bytes = 0;
    try {
      const blob = await this.#read(log, abort.signal);
      saveFile(log.fileName, blob);
    } catch (error) {
      if (abort.signal.aborted) return;
      const { message, hint } = describeFailure(error);
      toasts.failure(message, hint);
    } finally {
      this.active = false;
    }
  }

  cancel(): void {
    this.#abort?.abort();
    this.active = false;
  }

  async #read({ containers, times }: SavedLog, signal: AbortSignal): Promise<Blob> {
    const client = engine.required;
    const nameOf = (id: string): string => containers.find((one) => one.id === id)?.name ?? id;
    const opened = client.logs.follow(
      { containers: containers.map(({ id }) => ({ id })), tailLines: null, follow: false },
      { signal },
    );
    // Parts that became blobs leave the page's memory.
    const parts: Blob[] = [];
    const reader = new AnsiReader();
    for await (const items of readBatches(client, opened)) {
      let text = "";
      for (const item of items) {
        if (item.kind !== "line") continue;
        const name = containers.length > 1 ? `${nameOf(item.container)} ` : "";
        const time = times && item.at !== null ? `${item.at} ` : "";
        text += `${time}${name}${reader.read(item.text).text}${item.part ? "" : "\n"}`;
      }
      const part = new Blob([text]);
      parts.push(part);
      this.#bytes += part.size;
    }
    return new Blob(parts, { type: "text/plain" });
  }
}
