import { describe, expect, it } from "vitest";
import { decideRecovery, type Findings } from "../../../vm/host/lifecycle/recovery.ts";
import { allSteps, canStep } from "../../../vm/host/lifecycle/states.ts";
import { TransitionQueue } from "../../../vm/host/lifecycle/transition-queue.ts";
import { BerthError, type VmState } from "../../../vm/host/index.ts";

describe("the table of steps", () => {
  it("is exactly the drawn one", () => {
    expect(allSteps().map(([from, to]) => `${from} → ${to}`)).toMatchSnapshot();
  });

  it("lets every state be left for the good, and no state be skipped into running", () => {
    const states = [...new Set(allSteps().map(([from]) => from))];
    for (const state of states) expect(allSteps().some(([from]) => from === state)).toBe(true);
    for (const state of ["absent", "stopped", "suspended", "broken"] satisfies VmState[]) {
      expect(canStep(state, "running")).toBe(false);
    }
  });
});

describe("what is made of a home that is found", () => {
  const base: Findings = { journal: "stopped", process: "none", savedState: "none", diskExists: true };
  const cases: [string, Partial<Findings>, ReturnType<typeof decideRecovery>][] = [
    ["nothing at all", { journal: null, diskExists: false }, settle("absent")],
    ["a stopped machine", {}, settle("stopped")],
    ["a lost journal with a disk", { journal: null }, settle("stopped")],
    ["a lost journal with a state", { journal: null, savedState: "valid" }, settle("suspended")],
    ["a lost journal with a running VM", { journal: null, process: "running" }, adopt("running")],
    ["QEMU died while running", { journal: "running" }, settle("stopped", true)],
    ["QEMU died while starting", { journal: "starting" }, settle("stopped", true)],
    ["QEMU died while saving", { journal: "suspending" }, settle("stopped", true)],
    ["all done but the last note", { journal: "suspending", savedState: "valid" }, settle("suspended")],
    ["QEMU died before going on", { journal: "resuming", savedState: "valid" }, settle("suspended")],
    ["stopped after all", { journal: "stopping" }, settle("stopped")],
    ["broken stays so", { journal: "broken" }, settle("broken")],
    ["a running VM", { journal: "running", process: "running" }, adopt("running")],
    ["a paused VM", { journal: "paused", process: "paused" }, adopt("paused")],
    ["a VM halted by a full disk", { journal: "running", process: "halted" }, adopt("running")],
    ["an engine died while starting", { journal: "starting", process: "running" }, { kind: "finish-start" }],
    ["… while stopping", { journal: "stopping", process: "running" }, { kind: "finish-stop" }],
    ["… before saving", { journal: "suspending", process: "paused" }, { kind: "rollback-suspend" }],
    ["… before naming the state", { journal: "suspending", process: "saved" }, { kind: "rollback-suspend" }],
    [
      "… after naming the state",
      { journal: "suspending", process: "saved", savedState: "valid" },
      { kind: "finish-suspend" },
    ],
    ["… while loading", { journal: "resuming", process: "loading", savedState: "valid" }, rollbackResume()],
    ["… after loading", { journal: "resuming", process: "paused" }, { kind: "finish-resume" }],
    ["… while keeping a stopped VM", { journal: "stopping", process: "saved" }, { kind: "finish-stop" }],
    ["… while waking a stopped VM", { journal: "starting", process: "paused" }, rollbackResume()],
    ["… after going on", { journal: "resuming", process: "running" }, adopt("running")],
    ["a deaf QEMU", { journal: "running", process: "unusable" }, { kind: "broken-process" }],
    ["a crashed machine", { journal: "running", process: "failed" }, { kind: "broken-process" }],
  ];

  it.each(cases)("%s", (_name, found, expected) => {
    expect(decideRecovery({ ...base, ...found })).toEqual(expected);
  });

  function settle(state: "absent" | "stopped" | "suspended" | "broken", unexpected = false) {
    return { kind: "settle" as const, state, unexpected };
  }
  function adopt(state: "running" | "paused") {
    return { kind: "adopt" as const, state };
  }
  function rollbackResume() {
    return { kind: "rollback-resume" as const };
  }
});

describe("the queue of transitions", () => {
  function gate() {
    let open: () => void = () => undefined;
    const promise = new Promise<void>((resolve) => (open = resolve));
    return { promise, open };
  }

  it("runs one at a time, in order, and joins requests for the same goal", async () => {
    const queue = new TransitionQueue();
    const log: string[] = [];
    const first = gate();
    const start = queue.request("start", async () => {
      log.push("start");
      await first.promise;
      log.push("started");
    });
    const again = queue.request("start", () => {
      log.push("never");
      return Promise.resolve();
    });
    const stop = queue.request("stop", () => {
      log.push("stop");
      return Promise.resolve();
    });
    first.open();
    await Promise.all([start, again, stop]);
    expect(log).toEqual(["start", "started", "stop"]);
  });

  it("does not let a failure stop what waits behind it", async () => {
    const queue = new TransitionQueue();
    const start = queue.request("start", () => Promise.reject(new Error("no")));
    const stop = queue.request("stop", () => Promise.resolve());
    await expect(start).rejects.toThrow("no");
    await expect(stop).resolves.toBeUndefined();
    expect(queue.busy).toBe(false);
  });

  it("calls off what runs and what waits, and does not join it afterwards", async () => {
    const queue = new TransitionQueue();
    const reason = new BerthError({ code: "start_cancelled", message: "off", hint: "" });
    const running = queue.request(
      "start",
      (signal) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(reason))),
    );
    await new Promise((resolve) => setImmediate(resolve));
    queue.cancel("start", reason);
    const fresh = queue.request("start", () => Promise.resolve());
    await expect(running).rejects.toBe(reason);
    await expect(fresh).resolves.toBeUndefined();
  });
});
