import { describe, expect, it } from "vitest";
import type { InspectedContainer } from "../../../vm/host/guest/docker-api.ts";
import { comesBackAnyway, retries } from "../../../vm/host/lifecycle/containers.ts";

function container(policy: string, state: Partial<InspectedContainer["State"]> = {}): InspectedContainer {
  return {
    Id: "c",
    RestartCount: 0,
    State: { Running: true, ExitCode: 0, ...state },
    HostConfig: { NetworkMode: "bridge", RestartPolicy: { Name: policy, MaximumRetryCount: 0 } },
  };
}

/** What dockerd does with containers when it starts, which a warm start has to do in its place. */
describe("containers after a warm stop", () => {
  it("come back as after a start of dockerd", () => {
    expect(comesBackAnyway(container("always"))).toBe(true);
    expect(comesBackAnyway(container("unless-stopped"))).toBe(true);
    expect(comesBackAnyway(container("no"))).toBe(false);
    expect(comesBackAnyway(container("on-failure"))).toBe(false);
  });

  it("stay down when a person had stopped them, but for those that are to be always up", () => {
    expect(comesBackAnyway(container("unless-stopped", { Running: false }))).toBe(false);
    expect(comesBackAnyway(container("always", { Running: false }))).toBe(true);
  });

  it("come back on failure only when they failed, and not too often", () => {
    const failed = container("on-failure", { Running: false, ExitCode: 143 });
    expect(retries(failed)).toBe(true);
    expect(retries(container("on-failure", { Running: false, ExitCode: 0 }))).toBe(false);
    expect(retries(container("no", { ExitCode: 1 }))).toBe(false);
    failed.HostConfig.RestartPolicy.MaximumRetryCount = 2;
    expect(retries({ ...failed, RestartCount: 1 })).toBe(true);
    expect(retries({ ...failed, RestartCount: 2 })).toBe(false);
  });
});
