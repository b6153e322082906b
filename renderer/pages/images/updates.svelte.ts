import { describeFailure, readStream } from "../../../engine/contract/client.ts";
import type { ImageSummary, ImageUpdate } from "../../../engine/contract/index.ts";
import { engine } from "../../connection/index.ts";
import { count } from "../../formats/quantity.ts";
import { toasts } from "../../stores/toasts.svelte.ts";

/** What the registries said the last time, for as long as the window is open. */
class Updates {
  private answers: ReadonlyMap<string, ImageUpdate> = $state.raw(new Map());
  checking: boolean = $state(false);

  /** The answer for a tag of this very image; an older image's is worth nothing. */
  of(image: ImageSummary): ImageUpdate | undefined {
    const answers = image.tags.map((tag) => this.answers.get(tag)).filter((one) => one?.imageId === image.id);
    return answers.find((one) => one?.state === "available") ?? answers[0];
  }

  /** Asks the registries; without ids for all images. */
  async check(ids?: string[]): Promise<void> {
    if (this.checking) return;
    this.checking = true;
    let [newer, failed] = [0, 0];
    try {
      const client = engine.required;
      for await (const answer of readStream(
        client,
        client.images.updates(ids === undefined ? {} : { ids }),
      )) {
        const others = [...this.answers].filter(([reference]) => reference !== answer.reference);
        this.answers = new Map([...others, [answer.reference, answer]]);
        if (answer.state === "available") newer += 1;
        if (answer.state === "failed") failed += 1;
      }
      const unknown =
        failed === 0 ? "" : ` ${count(failed, "registry answer is", "registry answers are")} missing.`;
      toasts.done(
        newer === 0
          ? `Nothing newer.${unknown}`
          : `${count(newer, "image has", "images have")} an update.${unknown}`,
      );
    } catch (error) {
      const { message, hint } = describeFailure(error);
      toasts.failure(message, hint);
    } finally {
      this.checking = false;
    }
  }
}

export const updates = new Updates();
