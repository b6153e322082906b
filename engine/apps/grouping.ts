import type { App, AppService, AppState, ContainerSummary } from "../contract/index.ts";
import type { ProjectRecord } from "../compose/index.ts";

/** Exit codes of a program that was told to end: 137 by SIGKILL, 143 by SIGTERM. */
const endedOnRequest = new Set([0, 137, 143]);

/** Apps as a person thinks of them: Compose projects, known ones too of which nothing runs, and single containers. */
export function groupApps(
  containers: readonly ContainerSummary[],
  records: readonly ProjectRecord[],
  isBusy: (name: string) => boolean,
): App[] {
  const projects = new Map<string, ContainerSummary[]>();
  for (const record of records) projects.set(record.name, []);
  const apps: App[] = [];
  for (const container of containers) {
    if (container.project === null) {
      apps.push(standAlone(container));
      continue;
    }
    const members = projects.get(container.project);
    if (members) members.push(container);
    else projects.set(container.project, [container]);
  }
  const known = new Map(records.map((record) => [record.name, record]));
  for (const [name, members] of projects) apps.push(projectApp(name, members, known.get(name), isBusy(name)));
  return apps;
}

function projectApp(
  name: string,
  members: readonly ContainerSummary[],
  record: ProjectRecord | undefined,
  busy: boolean,
): App {
  const services = new Map<string, { image: string | null; builds: boolean; members: ContainerSummary[] }>();
  for (const { name: service, image, builds } of record?.services ?? []) {
    services.set(service, { image: image === "" ? null : image, builds, members: [] });
  }
  for (const container of members) {
    const service = serviceOf(container);
    const entry = services.get(service) ?? { image: container.image, builds: false, members: [] };
    entry.image ??= container.image;
    entry.members.push(container);
    services.set(service, entry);
  }
  const listed = [...services]
    .map(([service, { image, builds, members: own }]) => serviceRow(service, image, builds, own))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    id: `project:${name}`,
    kind: "project",
    name,
    state: appState(listed, members),
    ...common(members),
    services: listed,
    source: sourceOf(record, members),
    template: record?.template ?? null,
    problem:
      record && record.pending !== null && !busy
        ? `“${record.pending}” was cut short when Berth's engine ended. Do it again to finish it.`
        : null,
  };
}

function standAlone(container: ContainerSummary): App {
  const service = serviceRow(container.name, container.image, false, [container]);
  return {
    id: `container:${container.id}`,
    kind: "container",
    name: container.name,
    state: service.state,
    ...common([container]),
    services: [service],
    source: { kind: "elsewhere", folder: null },
    template: null,
    problem: null,
  };
}

function serviceRow(
  name: string,
  image: string | null,
  builds: boolean,
  members: readonly ContainerSummary[],
): AppService {
  const ordered = [...members].sort((a, b) => numberOf(a) - numberOf(b) || (a.name < b.name ? -1 : 1));
  return {
    name,
    image,
    builds,
    state: stateOf(members),
    health: healthOf(members),
    containers: ordered.map((container) => container.id),
  };
}

function common(members: readonly ContainerSummary[]): Pick<App, "health" | "startedAt" | "ports"> {
  const up = members.filter(isUp);
  const starts = up.flatMap((container) => container.startedAt ?? []).sort();
  const ports = up.flatMap((container) =>
    container.ports.flatMap((port) =>
      port.hostPort === null ? [] : [{ ...port, hostPort: port.hostPort, service: serviceOf(container) }],
    ),
  );
  return {
    health: healthOf(members),
    startedAt: starts[0] ?? null,
    ports: ports.sort((a, b) => a.hostPort - b.hostPort),
  };
}

function stateOf(members: readonly ContainerSummary[]): AppState {
  if (members.length === 0) return "absent";
  const up = members.filter(isUp).length;
  if (up === members.length) return members.every(({ state }) => state === "paused") ? "paused" : "running";
  if (up > 0) return "partial";
  return members.some(hasFailed) ? "failed" : "stopped";
}

/** A service that did its work and ended well does not make the app less than running. */
function appState(services: readonly AppService[], members: readonly ContainerSummary[]): AppState {
  if (members.length === 0) return "absent";
  const states = services.map((service) => service.state);
  const some = (...wanted: AppState[]) => states.some((state) => wanted.includes(state));
  if (some("running", "partial", "paused")) {
    const finished = members
      .filter((one) => !isUp(one))
      .every((one) => one.state === "exited" && one.exitCode === 0);
    if (some("partial", "failed", "absent") || !finished) return "partial";
    return some("running") ? "running" : "paused";
  }
  return some("failed") ? "failed" : "stopped";
}

function healthOf(members: readonly ContainerSummary[]): App["health"] {
  const all = members.filter((container) => container.state === "running").map(({ health }) => health);
  return (["unhealthy", "starting", "healthy"] as const).find((health) => all.includes(health)) ?? null;
}

function sourceOf(record: ProjectRecord | undefined, members: readonly ContainerSummary[]): App["source"] {
  if (record) return { kind: record.kind, folder: record.kind === "files" ? null : record.folder };
  return { kind: "elsewhere", folder: members[0]?.labels["com.docker.compose.project.working_dir"] ?? null };
}

/** Containers of `docker compose run` stand beside those of their service. */
function serviceOf(container: ContainerSummary): string {
  const service = container.service ?? container.name;
  return container.labels["com.docker.compose.oneoff"] === "True" ? `${service} (run)` : service;
}

function numberOf(container: ContainerSummary): number {
  return Number(container.labels["com.docker.compose.container-number"] ?? 0);
}

function isUp({ state }: ContainerSummary): boolean {
  return state === "running" || state === "paused" || state === "restarting";
}

function hasFailed(container: ContainerSummary): boolean {
  return (
    container.state === "dead" ||
    (container.state === "exited" && container.exitCode !== null && !endedOnRequest.has(container.exitCode))
  );
}
