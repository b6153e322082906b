import type { ComposeProjects } from "../compose/index.ts";
import type { App, ContainerSummary } from "../contract/index.ts";
import { LiveList } from "../live/live-list.ts";
import { groupApps } from "./grouping.ts";

/** All apps as they are now; unknown while the containers are. */
export class Apps {
  readonly list = new LiveList<App>((app) => app.id);
  readonly #containers: LiveList<ContainerSummary>;
  readonly #projects: ComposeProjects;
  readonly #stop: (() => void)[];
  #due: NodeJS.Immediate | null = null;

  constructor(containers: LiveList<ContainerSummary>, projects: ComposeProjects) {
    this.#containers = containers;
    this.#projects = projects;
    const changed = () => this.#changed();
    this.#stop = [containers.onChange(changed), projects.records.onChange(changed)];
    this.#regroup();
  }

  close(): void {
    if (this.#due) clearImmediate(this.#due);
    for (const stop of this.#stop) stop();
  }

  /** A burst of changes is one regrouping. */
  #changed(): void {
    this.#due ??= setImmediate(() => {
      this.#due = null;
      this.#regroup();
    });
  }

  #regroup(): void {
    const containers = this.#containers.all();
    if (containers === null) {
      this.list.forget();
      return;
    }
    this.list.reset(
      groupApps(containers, this.#projects.records.all(), (name) => this.#projects.isBusy(name)),
    );
  }
}
