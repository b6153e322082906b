import { describe, expect, it } from "vitest";
import type { ContainerSummary } from "../../../engine/contract/index.ts";
import { filterCounts, type ListView, viewOf } from "../../../renderer/pages/containers/container-list.ts";
import { isPossible, stateOf } from "../../../renderer/pages/containers/container-state.ts";
import { shownPorts } from "../../../renderer/pages/containers/published-ports.ts";
import { toggled, withRange } from "../../../renderer/pages/containers/selection.ts";

function container(name: string, given: Partial<ContainerSummary> = {}): ContainerSummary {
  return {
    id: `id-${name}`,
    name,
    image: "busybox",
    imageId: "sha256:1",
    command: "sh",
    createdAt: "2026-01-01T00:00:00Z",
    startedAt: "2026-01-01T00:00:00Z",
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

const everything: ListView = { search: "", filter: "all", sort: "name", descending: false };
const names = (list: readonly ContainerSummary[]): string[] => list.map(({ name }) => name);
const tcp = (hostPort: number | null, containerPort: number) => ({
  hostIp: "",
  hostPort,
  containerPort,
  protocol: "tcp" as const,
});

const list = [
  container("web-10", { ports: [tcp(9000, 80)], startedAt: "2026-01-03T00:00:00Z" }),
  container("web-2", { ports: [tcp(8080, 80)], image: "nginx", startedAt: "2026-01-02T00:00:00Z" }),
  container("Api", { state: "paused", project: "shop" }),
  container("job", { state: "exited", exitCode: 1, finishedAt: "2026-01-04T00:00:00Z" }),
];

describe("the list of containers", () => {
  it("sorts names as people count, in either case", () => {
    expect(names(viewOf(list, everything))).toEqual(["Api", "job", "web-2", "web-10"]);
    expect(names(viewOf(list, { ...everything, descending: true }))).toEqual([
      "web-10",
      "web-2",
      "job",
      "Api",
    ]);
  });

  it("sorts by port, and puts those without one last", () => {
    expect(names(viewOf(list, { ...everything, sort: "ports" }))).toEqual(["web-2", "web-10", "Api", "job"]);
  });

  it("sorts by time with living containers first, the youngest on top", () => {
    expect(names(viewOf(list, { ...everything, sort: "time" }))).toEqual(["web-10", "web-2", "Api", "job"]);
  });

  it("finds every word, in name, image, port, project and state", () => {
    const found = (search: string): string[] => names(viewOf(list, { ...everything, search }));
    expect(found("WEB nginx")).toEqual(["web-2"]);
    expect(found("9000")).toEqual(["web-10"]);
    expect(found("shop")).toEqual(["Api"]);
    expect(found("exited")).toEqual(["job"]);
    expect(found("nowhere")).toEqual([]);
  });

  it("filters by state and counts what each filter would show", () => {
    expect(names(viewOf(list, { ...everything, filter: "paused" }))).toEqual(["Api"]);
    expect(filterCounts(list)).toEqual({ all: 4, running: 2, paused: 1, stopped: 1 });
  });

  it("does not change the list it was given", () => {
    const before = names(list);
    viewOf(list, { ...everything, sort: "state", descending: true });
    expect(names(list)).toEqual(before);
  });
});

describe("a container's state", () => {
  it("tells failures from ordinary ends by shape and word", () => {
    expect(stateOf(container("a", { state: "exited", exitCode: 0 }))).toEqual({
      shape: "stopped",
      word: "Exited",
    });
    expect(stateOf(container("a", { state: "exited", exitCode: 143 })).shape).toBe("stopped");
    expect(stateOf(container("a", { state: "exited", exitCode: 1 }))).toEqual({
      shape: "broken",
      word: "Exited (1)",
    });
  });

  it("offers only what is possible", () => {
    const paused = container("a", { state: "paused" });
    expect(isPossible("unpause", paused)).toBe(true);
    expect(isPossible("start", paused)).toBe(false);
    expect(isPossible("remove", container("a", { state: "removing" }))).toBe(false);
  });
});

describe("published ports", () => {
  it("links a port once while the container runs, and not those that are only declared", () => {
    const ports = [tcp(8080, 80), { ...tcp(8080, 80), hostIp: "::" }, tcp(null, 443)];
    const shown = shownPorts(container("a", { ports }), []);
    expect(shown.map(({ href }) => href)).toEqual(["http://localhost:8080"]);
    expect(shownPorts(container("a", { ports, state: "exited" }), [])[0]?.href).toBeNull();
  });

  it("says why a port cannot be reached instead of linking it", () => {
    const forward = {
      host: "127.0.0.1",
      hostPort: 8080,
      guestPort: 8080,
      protocol: "tcp" as const,
      container: "a",
      state: "failed" as const,
      problem: "Port 8080 is used by another program.",
    };
    const [port] = shownPorts(container("a", { ports: [tcp(8080, 80)] }), [forward]);
    expect(port).toMatchObject({ href: null, title: forward.problem });
  });
});

describe("choosing rows", () => {
  const ids = ["a", "b", "c", "d"];

  it("extends in both directions and keeps what was chosen", () => {
    expect([...withRange(new Set(["d"]), ids, 2, 0)].sort()).toEqual(["a", "b", "c", "d"]);
    expect([...withRange(new Set(), ids, 1, 2)]).toEqual(["b", "c"]);
  });

  it("lets go of a chosen one", () => {
    expect([...toggled(new Set(["a", "b"]), "a")]).toEqual(["b"]);
    expect([...toggled(new Set(["b"]), "a")]).toEqual(["b", "a"]);
  });
});
