import { describeFailure, type Failure } from "../../../engine/contract/client.ts";
import type { TemplateList, TemplateSummary } from "../../../engine/contract/index.ts";
import { engine } from "../../connection/index.ts";

/** Time to press a second key at once; less than an eye sees. */
const PAUSE_MS = 30;
const MOST_FOUND = 500;

/** All templates at hand, and those that fit what is typed. */
export class Catalogue {
  /** Null until they are known. */
  all: TemplateList | null = $state.raw(null);
  /** The best first; null while nothing is typed, or nothing was answered yet. */
  found: readonly TemplateSummary[] | null = $state.raw(null);
  failure: Failure | null = $state.raw(null);
  private asked = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  async load(): Promise<void> {
    const { client } = engine;
    if (client === null) return;
    try {
      this.all = await client.templates.list();
      this.failure = null;
    } catch (error) {
      this.failure = describeFailure(error);
    }
  }

  /** Searches soon; an answer that a later question overtook is dropped. */
  search(words: string): void {
    clearTimeout(this.timer);
    const mine = (this.asked += 1);
    if (words.trim() === "") {
      this.found = null;
      return;
    }
    this.timer = setTimeout(() => void this.ask(words, mine), PAUSE_MS);
  }

  private async ask(words: string, mine: number): Promise<void> {
    try {
      const answer = await engine.required.templates.search({
        words: words.slice(0, 500),
        limit: MOST_FOUND,
      });
      if (mine !== this.asked) return;
      this.found = answer;
      this.failure = null;
    } catch (error) {
      if (mine === this.asked) this.failure = describeFailure(error);
    }
  }
}
