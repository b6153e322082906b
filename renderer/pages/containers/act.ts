import type { ContainerSummary } from "../../../engine/contract/index.ts";
import { engine } from "../../connection/index.ts";
import { perform } from "../../stores/toasts.svelte.ts";
import { type ContainerAction, isAlive, isPossible } from "./container-state.ts";

/** Does something with each of the containers for which it is possible, at the same time. */
export async function act(
  action: Exclude<ContainerAction, "remove" | "rename" | "export">,
  containers: readonly ContainerSummary[],
): Promise<void> {
  const able = containers.filter((container) => isPossible(action, container));
  await Promise.all(able.map(({ id }) => perform(() => engine.required.containers[action]({ id }))));
}

/** Removes containers, running ones too; with `volumes` their anonymous volumes as well. */
export async function remove(containers: readonly ContainerSummary[], volumes: boolean): Promise<void> {
  await Promise.all(
    containers.map((container) =>
      perform(() =>
        engine.required.containers.remove({ id: container.id, force: isAlive(container), volumes }),
      ),
    ),
  );
}
