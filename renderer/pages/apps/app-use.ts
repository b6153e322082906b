import type { App, ContainerSample } from "../../../engine/contract/index.ts";
import type { Row } from "./app-list.ts";

/** What several containers use together, sample by sample from the newest back. */
export function combined(histories: readonly (readonly ContainerSample[])[]): readonly ContainerSample[] {
  const known = histories.filter((history) => history.length > 0);
  const [only, ...others] = known;
  if (only === undefined || others.length === 0) return only ?? [];
  const length = Math.min(...known.map((history) => history.length));
  return Array.from({ length }, (_, index) => {
    const samples = known.flatMap((history) => history[history.length - length + index] ?? []);
    const [first] = samples;
    if (first === undefined) return [];
    const cpu = samples.flatMap((sample) => sample.cpuPercent ?? []);
    return [
      {
        ...first,
        cpuPercent: cpu.length === 0 ? null : cpu.reduce((sum, one) => sum + one, 0),
        memoryBytes: samples.reduce((sum, one) => sum + one.memoryBytes, 0),
      },
    ];
  }).flat();
}

/** Ids of the containers whose use a row tells. */
export function measuredIn(row: Row): readonly string[] {
  const services: App["services"] = row.kind === "service" ? [row.service] : row.app.services;
  return services
    .filter(({ state }) => state === "running" || state === "partial")
    .flatMap(({ containers }) => containers);
}
