import type { ContainerSummary } from "../../contract/index.ts";
import type { LiveList } from "../../live/live-list.ts";

/** A service that did not come up, with the container that shows why. */
export interface FailedService {
  service: string;
  container: ContainerSummary;
  reason: string;
}

/** How long a service without a check of its own must run to count as up. */
const SETTLE_MS = 2000;

export interface HealthProgress {
  ready: number;
  total: number;
  waitingFor: string[];
}

/**
 * Waits until every container of an app runs and, where it checks itself, is healthy. Answers the first service
 * that failed, or that was not ready in time; null when all is well. Containers that end with 0 did their work.
 */
export async function untilHealthy(
  containers: LiveList<ContainerSummary>,
  project: string,
  options: { timeoutMs: number; signal: AbortSignal; report: (progress: HealthProgress) => void },
): Promise<FailedService | null> {
  const settled = new AbortController();
  const ending = AbortSignal.any([options.signal, settled.signal, AbortSignal.timeout(options.timeoutMs)]);
  const ownOnes = () => (containers.all() ?? []).filter((container) => container.project === project);
  let timer: NodeJS.Timeout | undefined;
  try {
    const changes = containers.follow(ending);
    // What changed does not matter: the list as a whole is looked at.
    for (let change = await changes.next(); change.done !== true; change = await changes.next()) {
      const own = ownOnes();
      const failed = own.find((container) => failureOf(container) !== null);
      if (failed !== undefined) return failedService(failed, failureOf(failed) ?? "");
      const waiting = own.filter((container) => !isReady(container));
      options.report({
        ready: own.length - waiting.length,
        total: own.length,
        waitingFor: waiting.map((container) => container.service ?? container.name),
      });
      if (own.length === 0 || waiting.length > 0) {
        clearTimeout(timer);
        timer = undefined;
      } else if (own.every(isSure)) return null;
      else timer ??= setTimeout(() => settled.abort(), SETTLE_MS);
    }
  } finally {
    clearTimeout(timer);
  }
  options.signal.throwIfAborted();
  const late = ownOnes().find((container) => !isReady(container));
  return late === undefined ? null : failedService(late, failureOf(late) ?? "it was not ready in time");
}

/** Whether nothing can be expected to go wrong any more: it is healthy by its own check, or did its work. */
function isSure(container: ContainerSummary): boolean {
  return container.health === "healthy" || (container.state === "exited" && container.exitCode === 0);
}

function isReady(container: ContainerSummary): boolean {
  if (container.state === "exited") return container.exitCode === 0;
  return container.state === "running" && (container.health === null || container.health === "healthy");
}

function failureOf(container: ContainerSummary): string | null {
  if (container.health === "unhealthy") return "its health check fails";
  if (container.state === "restarting")
    return `it ends again and again, the last time with ${container.exitCode ?? "an error"}`;
  if (container.state === "exited" && container.exitCode !== 0)
    return `it ended with ${container.exitCode ?? "an error"}`;
  return container.state === "dead" ? "it cannot be started" : null;
}

function failedService(container: ContainerSummary, reason: string): FailedService {
  return { service: container.service ?? container.name, container, reason };
}
