import type {
  Activity,
  ContainerSummary,
  ImageSummary,
  PortBinding,
  ResourceSample,
  Status,
  VmState,
} from "../../engine/contract/index.ts";

export type Scene = "starting" | "running" | "suspended" | "empty" | "many" | "broken";
export const SCENES: readonly Scene[] = ["starting", "running", "suspended", "empty", "many", "broken"];

const minute = 60_000;
const ago = (ms: number): string => new Date(Date.now() - ms).toISOString();
const fakeId = (seed: number): string =>
  Array.from({ length: 8 }, (_, part) => ((seed + 1) * 2654435761 * (part + 3)).toString(16).slice(-8))
    .join("")
    .slice(0, 64);

function port(
  hostPort: number,
  containerPort: number,
  protocol: PortBinding["protocol"] = "tcp",
): PortBinding {
  return { hostIp: "", hostPort, containerPort, protocol };
}

export function container(seed: number, given: Partial<ContainerSummary>): ContainerSummary {
  return {
    id: fakeId(seed),
    name: `container-${seed}`,
    image: "berth/welcome:latest",
    imageId: `sha256:${fakeId(900)}`,
    command: "httpd -f -v -p 80",
    createdAt: ago(3 * 24 * 60 * minute),
    startedAt: ago(2 * 60 * minute + seed * 7 * minute),
    finishedAt: null,
    state: "running",
    exitCode: null,
    health: null,
    ports: [],
    project: null,
    service: null,
    autoRemove: false,
    labels: {},
    ...given,
  };
}

const few: readonly ContainerSummary[] = [
  container(1, { name: "welcome", ports: [port(8080, 80)] }),
  container(2, {
    name: "shop-database-1",
    image: "postgres:17-alpine",
    command: "docker-entrypoint.sh postgres",
    ports: [port(5432, 5432)],
    health: "healthy",
    project: "shop",
    service: "database",
    startedAt: ago(3 * 24 * 60 * minute),
  }),
  container(3, {
    name: "shop-api-1",
    image: "registry.example.com/platform/team-commerce/shop-api-with-a-long-name:2026.11.22-rc.4",
    command: "node server.js",
    ports: [port(3000, 3000), port(9229, 9229), port(9090, 9090)],
    health: "unhealthy",
    project: "shop",
    service: "api",
    startedAt: ago(4 * minute),
  }),
  container(4, {
    name: "<img src=x onerror=alert(1)>",
    image: "alpine:3.22",
    command: "sh -c '<script>alert(1)</script>'",
    labels: { "<b>label</b>": '"><img src=x onerror=alert(1)>' },
    state: "exited",
    exitCode: 137,
    startedAt: ago(50 * minute),
    finishedAt: ago(20 * minute),
  }),
  container(5, {
    name: "a-container-whose-name-goes-on-and-on-because-somebody-generated-it-from-a-branch-name-feature-1234",
    image: "redis:8",
    command: "redis-server",
    state: "paused",
    ports: [port(6379, 6379)],
  }),
  container(6, {
    name: "import-job",
    image: "python:3.13-slim",
    command: "python import.py",
    state: "restarting",
    exitCode: 1,
  }),
  container(7, {
    name: "old-experiment",
    image: "node:24",
    command: "node",
    state: "exited",
    exitCode: 0,
    finishedAt: ago(9 * 24 * 60 * minute),
  }),
  container(8, {
    name: "never-started",
    image: "busybox:latest",
    command: "sh",
    state: "created",
    startedAt: null,
  }),
];

const states = ["running", "running", "exited", "running", "paused", "exited"] as const;

function manyContainers(): ContainerSummary[] {
  return Array.from({ length: 500 }, (_, index) => {
    const state = states[index % states.length] ?? "running";
    return container(index + 20, {
      name: `worker-${String(index + 1).padStart(3, "0")}`,
      image: index % 3 === 0 ? "redis:8" : "berth/welcome:latest",
      state,
      exitCode: state === "exited" ? index % 2 : null,
      finishedAt: state === "exited" ? ago(index * minute) : null,
      startedAt: ago(index * 11 * minute + minute),
      ports: index % 4 === 0 && state === "running" ? [port(20_000 + index, 80)] : [],
    });
  });
}

export function containersOf(scene: Scene): ContainerSummary[] | null {
  if (scene === "running") return [...few];
  if (scene === "many") return [...few, ...manyContainers()];
  return scene === "empty" ? [] : null;
}

function image(
  seed: number,
  tags: string[],
  sizeBytes: number,
  days: number,
  usedBy: string[] = [],
): ImageSummary {
  return {
    id: `sha256:${fakeId(seed)}`,
    tags,
    digests: tags.map((tag) => `${tag.split(":")[0] ?? ""}@sha256:${fakeId(seed + 1)}`),
    createdAt: ago(days * 24 * 60 * minute),
    sizeBytes,
    sharedBytes: Math.round(sizeBytes * 0.6),
    usedBy,
  };
}

export function imagesOf(scene: Scene): ImageSummary[] | null {
  const welcome = image(900, ["berth/welcome:latest"], 4_300_000, 12, scene === "empty" ? [] : [fakeId(1)]);
  if (scene === "empty") return [welcome];
  if (scene !== "running" && scene !== "many") return null;
  return [
    welcome,
    image(901, ["postgres:17-alpine"], 275_000_000, 21, [fakeId(2)]),
    image(
      903,
      [
        "registry.example.com/platform/team-commerce/shop-api-with-a-long-name:2026.11.22-rc.4",
        "shop-api:dev",
      ],
      412_000_000,
      0,
      [fakeId(3)],
    ),
    image(905, ["alpine:3.22", "alpine:latest"], 8_310_000, 40, [fakeId(4)]),
    image(907, ["redis:8"], 137_000_000, 33, [fakeId(5)]),
    image(909, ["python:3.13-slim"], 125_000_000, 18, [fakeId(6)]),
    image(911, ["node:24"], 1_120_000_000, 9, [fakeId(7)]),
    image(913, [], 398_000_000, 1),
  ];
}

const vmStates: Record<Scene, VmState> = {
  starting: "starting",
  running: "running",
  suspended: "suspended",
  empty: "running",
  many: "running",
  broken: "broken",
};

export function statusOf(scene: Scene): Status {
  const state = vmStates[scene];
  const running = state === "running";
  return {
    state,
    since: ago(state === "starting" ? 6_400 : 2 * 60 * minute),
    lastStart: running ? "warm" : null,
    phases:
      state === "starting"
        ? [
            { name: "qemu", ms: 180 },
            { name: "kernel", ms: 640 },
            { name: "init", ms: 3900 },
          ]
        : running
          ? [
              { name: "qemu", ms: 180 },
              { name: "kernel", ms: 640 },
              { name: "init", ms: 3900 },
              { name: "ssh", ms: 420 },
              { name: "dockerd", ms: 2300 },
            ]
          : [],
    currentPhase: state === "starting" ? "ssh" : null,
    progress: null,
    selfRestart: null,
    pendingRestore: null,
    engine: { pid: 4242, version: "0.1.0" },
    vm: {
      accelerator: running ? "kvm" : null,
      cpus: 2,
      memoryMiB: 2048,
      diskGiB: 64,
      pid: running ? 4300 : null,
    },
    docker: { socket: "/home/you/.berth/docker.sock", version: running ? "29.1.0" : null },
    disk: { guestUsedBytes: running ? 3.2e9 : null, hostUsedBytes: 4.1e9 },
    problems:
      scene === "broken"
        ? [
            {
              id: "disk",
              message: "The data disk could not be opened, because its header is damaged.",
              hint: "Restore it from a backup, or delete the VM and start anew.",
              severity: "problem",
            },
          ]
        : [],
  };
}

/** A sample as it was taken `agoMs` before now. */
export function sampleAt(index: number, agoMs = 0): ResourceSample {
  return {
    at: ago(agoMs),
    cpuPercent: 24 + 14 * Math.sin(index / 5) + 6 * Math.sin(index * 1.7),
    memoryUsedMiB: 760 + 40 * Math.sin(index / 9),
    memoryTotalMiB: 2048,
    hostMemoryMiB: 1010 + 30 * Math.sin(index / 7),
    diskUsedBytes: 3.2e9,
    diskTotalBytes: 64 * 1024 ** 3,
  };
}

export function activitiesOf(scene: Scene): Activity[] {
  if (scene !== "running") return [];
  return [pulling("pull-1", "nginx:1.29", 0.42, "62 of 148 MB")];
}

export function pulling(id: string, reference: string, progress: number | null, detail: string): Activity {
  return {
    id,
    kind: "image.pull",
    title: `Pull ${reference}`,
    state: "running",
    detail,
    progress,
    cancellable: true,
    startedAt: ago(8_000),
    endedAt: null,
    error: null,
  };
}
