import { untrack } from "svelte";
import { SvelteMap } from "svelte/reactivity";
import type { ContainerSample } from "../../../engine/contract/index.ts";
import { follow } from "../../connection/index.ts";

/** Samples of a row's small chart, about one a second. */
const KEPT = 40;
/** Rows that only pass by while scrolling are not measured. */
const SETTLE_MS = 250;

/** A list whose order follows what its rows use is sorted anew this often at most, so that it can be read. */
const BEAT_MS = 3000;

/** What the rows in sight use: one stream for all of them, and none for the others. */
export class ListStats {
  readonly #histories = new SvelteMap<string, readonly ContainerSample[]>();
  #ids: readonly string[] = $state.raw([]);
  /** Changes now and then while samples come: for an order by use. */
  beat: number = $state(0);
  #beatAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  of(id: string): readonly ContainerSample[] {
    return this.#histories.get(id) ?? [];
  }

  /** The newest sample. Read without following it; `beat` tells when to look again. */
  readonly last = (id: string): ContainerSample | undefined => {
    return untrack(() => this.#histories.get(id)?.at(-1));
  };

  /** The running rows in sight. */
  show(ids: readonly string[]): void {
    clearTimeout(this.#timer);
    const wanted = [...ids].sort();
    if (wanted.join() === this.#ids.join()) return;
    this.#timer = setTimeout(() => (this.#ids = wanted), SETTLE_MS);
  }

  /** Call while a component initialises. */
  start(): void {
    follow<ContainerSample>({
      open: (client, signal) => {
        const ids = [...this.#ids];
        return ids.length === 0 ? null : client.stats.watch({ ids }, { signal });
      },
      begin: () => this.#forgetOthers(),
      item: (sample) => this.#add(sample),
    });
    $effect(() => () => clearTimeout(this.#timer));
  }

  #add(sample: ContainerSample): void {
    const before = this.#histories.get(sample.id) ?? [];
    // The last one known is told again when a stream begins.
    if (before.at(-1)?.at === sample.at) return;
    if (performance.now() - this.#beatAt > BEAT_MS) {
      this.#beatAt = performance.now();
      this.beat += 1;
    }
    this.#histories.set(sample.id, [...before.slice(1 - KEPT), sample]);
  }

  #forgetOthers(): void {
    const shown = this.#ids;
    for (const id of [...this.#histories.keys()]) if (!shown.includes(id)) this.#histories.delete(id);
  }
}
