import { expect, test } from "vitest";
import { trayModel } from "../../../electron/tray-model.ts";
import type { ContainerSummary, Status, VmState } from "../../../engine/contract/index.ts";

function status(state: VmState, problems: Status["problems"] = []): Status {
  return {
    state,
    since: "2026-01-05T10:00:00.000Z",
    lastStart: null,
    phases: [],
    currentPhase: null,
    progress: null,
    selfRestart: null,
    pendingRestore: null,
    engine: { pid: 41, version: "0.1.0" },
    vm: { accelerator: "tcg", cpus: 2, memoryMiB: 2048, diskGiB: 64, pid: 42 },
    docker: { socket: "/home/me/.berth/docker.sock", version: "26.1.5" },
    disk: { guestUsedBytes: null, hostUsedBytes: 0 },
    problems,
  };
}

function containers(...changes: Partial<ContainerSummary>[]): Map<string, ContainerSummary> {
  return new Map(
    changes.map((change, index) => {
      const id = `c${index}`;
      const container: ContainerSummary = {
        id,
        name: `web-${index}`,
        image: "berth/welcome",
        imageId: "sha256:1",
        command: "httpd",
        createdAt: "2026-01-05T10:00:00.000Z",
        startedAt: "2026-01-05T10:00:00.000Z",
        finishedAt: null,
        state: "running",
        exitCode: null,
        health: null,
        ports: [{ hostIp: "", hostPort: 8000 + index, containerPort: 80, protocol: "tcp" }],
        project: null,
        service: null,
        autoRemove: false,
        labels: {},
        ...change,
      };
      return [id, container];
    }),
  );
}

test("each state has its look and what can be done about it", () => {
  expect(trayModel(status("running"), null)).toMatchObject({
    look: "running",
    line: "Running",
    actions: ["suspend", "stop"],
  });
  expect(trayModel(status("suspended"), null)).toMatchObject({ look: "suspended", actions: ["resume"] });
  expect(trayModel(status("stopped"), null)).toMatchObject({ look: "stopped", actions: ["start"] });
  expect(trayModel(status("starting"), null)).toMatchObject({ look: "working", actions: [] });
  expect(trayModel(status("broken"), null)).toMatchObject({ look: "broken", actions: ["start"] });
  expect(trayModel(null, null)).toMatchObject({ look: "working", line: "Connecting", actions: [] });
});

test("lists running containers that publish TCP ports, eight at most", () => {
  const listed = trayModel(
    status("running"),
    containers(
      { name: "zeta" },
      { name: "alpha" },
      { name: "exited", state: "exited" },
      { name: "silent", ports: [] },
      { name: "udp", ports: [{ hostIp: "", hostPort: 53, containerPort: 53, protocol: "udp" }] },
    ),
  );
  expect(listed.containers).toEqual([
    { id: "c1", name: "alpha", addresses: ["http://127.0.0.1:8001"] },
    { id: "c0", name: "zeta", addresses: ["http://127.0.0.1:8000"] },
  ]);
  const many = trayModel(status("running"), containers(...Array.from({ length: 11 }, () => ({}))));
  expect(many.containers).toHaveLength(8);
  expect(many.more).toBe(3);
});

test("a port bound on two addresses is one entry, and none is shown for a VM that does not run", () => {
  const port = { hostPort: 8080, containerPort: 80, protocol: "tcp" as const };
  const twice = containers({
    ports: [
      { hostIp: "0.0.0.0", ...port },
      { hostIp: "::", ...port },
    ],
  });
  expect(trayModel(status("running"), twice).containers[0]?.addresses).toEqual(["http://127.0.0.1:8080"]);
  expect(trayModel(status("suspended"), twice).containers).toEqual([]);
});

test("names and problems of strangers stay one short line", () => {
  const name = `a\n\u202Eevil\t${"x".repeat(100)}`;
  const model = trayModel(
    status("running", [
      { id: "disk", message: "The disk\nis full.", hint: "Free some space.", severity: "problem" },
    ]),
    containers({ name }),
  );
  expect(model.containers[0]?.name).toMatch(/^a evil x+…$/);
  expect(model.containers[0]?.name).toHaveLength(40);
  expect(model.problem).toBe("The disk is full.");
});
