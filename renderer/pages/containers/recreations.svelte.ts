import { SvelteMap } from "svelte/reactivity";
import { describeFailure, type Failure } from "../../../engine/contract/client.ts";
import { toasts } from "../../stores/toasts.svelte.ts";
import { router } from "../../stores/router.svelte.ts";

interface Recreation {
  /** Name of the container, by which its activity is found. */
  name: string;
  startedAt: string;
  /** Why it failed; null while it is under way. */
  failure: Failure | null;
}

interface Made {
  id: string;
  warnings: readonly string[];
}

/**
 * Containers that are being made anew, by the id they had. It belongs to the window and not to a tab: the work goes on
 * and its result is kept while other pages are open.
 */
class Recreations {
  private readonly known = new SvelteMap<string, Recreation>();

  of(id: string): Recreation | null {
    return this.known.get(id) ?? null;
  }

  isUnderWay(id: string): boolean {
    return this.known.get(id)?.failure === null;
  }

  dismiss(id: string): void {
    this.known.delete(id);
  }

  /** Does it; where the container is open, its successor takes its place. Answers whether it worked. */
  async follow<T extends Made>(
    container: { id: string; name: string },
    work: () => Promise<T>,
    words: (made: T) => string,
  ): Promise<boolean> {
    const { id, name } = container;
    const recreation: Recreation = { name, startedAt: new Date().toISOString(), failure: null };
    this.known.set(id, recreation);
    try {
      const made = await work();
      succeed(id, made.id);
      this.known.delete(id);
      toasts.done(words(made));
      for (const warning of made.warnings) toasts.failure(warning, "");
      return true;
    } catch (error) {
      this.known.set(id, { ...recreation, failure: describeFailure(error) });
      return false;
    }
  }
}

export const recreations = new Recreations();

/** A container made anew has another id; who looks at it keeps looking at it. */
function succeed(before: string, after: string): void {
  if (before === after) return;
  if (router.query.get("open") === before) router.setQuery({ open: after });
  if (router.page !== "containers" || router.route.path[1] !== before) return;
  router.go(["containers", after], { tab: router.query.get("tab") });
}
