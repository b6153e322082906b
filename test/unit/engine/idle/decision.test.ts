import { describe, expect, test } from "vitest";
import { decideIdle, type IdleFacts } from "../../../../engine/idle/decision.ts";

const minuteMs = 60_000;

/** Nothing has used the VM for half an hour, no container runs, and nothing forbids anything. */
const due: IdleFacts = {
  state: "running",
  canSuspend: true,
  rules: { enabled: true, afterMinutes: 30, batteryMinutes: 10, withContainers: false, onLock: false },
  onBattery: false,
  locked: false,
  unusedMs: 30 * minuteMs,
  ongoing: [],
  runningContainers: 0,
  containerCpuPercent: null,
};
const rules = (changes: Partial<IdleFacts["rules"]>) => ({ rules: { ...due.rules, ...changes } });
const withContainers = rules({ withContainers: true });

describe("decideIdle", () => {
  const table: [title: string, changes: Partial<IdleFacts>, kind: string, words: RegExp | null][] = [
    ["the time is over", {}, "suspend", /nothing used it for 30 minutes/],
    ["the time is not over", { unusedMs: 12 * minuteMs }, "wait", /after 30 minutes without use/],
    ["it is switched off", rules({ enabled: false }), "never", /switched off/],
    ["the driver cannot suspend", { canSuspend: false }, "never", /cannot be suspended/],
    ["the VM is stopped", { state: "stopped" }, "never", /does not run/],
    ["the VM is paused by a person", { state: "paused" }, "never", /does not run/],
    ["a build runs", { ongoing: ["a build runs"] }, "blocked", /^a build runs$/],
    ["a build and a terminal", { ongoing: ["a build runs", "a terminal is open"] }, "blocked", /and 1 more/],
    ["Docker's list is not known", { runningContainers: null }, "blocked", /does not answer/],
    ["a container runs", { runningContainers: 1 }, "blocked", /^a container runs$/],
    ["containers run", { runningContainers: 3 }, "blocked", /^3 containers run$/],
    ["containers may be suspended", { ...withContainers, runningContainers: 3 }, "look", null],
    [
      "containers do nothing",
      { ...withContainers, runningContainers: 3, containerCpuPercent: 2 },
      "suspend",
      /its containers do nothing/,
    ],
    [
      "containers are at work",
      { ...withContainers, runningContainers: 3, containerCpuPercent: 55.4 },
      "blocked",
      /at work \(55 % of a processor\)/,
    ],
    ["on battery it is sooner", { onBattery: true, unusedMs: 10 * minuteMs }, "suspend", /10 minutes/],
    ["on battery it is not over", { onBattery: true, unusedMs: 9 * minuteMs }, "wait", /10 minutes/],
    [
      "on battery it is never later",
      { ...rules({ afterMinutes: 5 }), onBattery: true, unusedMs: 5 * minuteMs },
      "suspend",
      /5 minutes/,
    ],
    ["locked, which counts for nothing", { locked: true, unusedMs: minuteMs }, "wait", /30 minutes/],
    [
      "locked, which counts",
      { ...rules({ onLock: true }), locked: true, unusedMs: minuteMs },
      "suspend",
      /screen is locked/,
    ],
    [
      "locked a moment after a command",
      { ...rules({ onLock: true }), locked: true, unusedMs: 2000 },
      "wait",
      /soon/,
    ],
    [
      "locked, idling switched off otherwise",
      { ...rules({ onLock: true, enabled: false }), locked: true, unusedMs: minuteMs },
      "suspend",
      /screen is locked/,
    ],
    [
      "locked while a build runs",
      { ...rules({ onLock: true }), locked: true, ongoing: ["a build runs"] },
      "blocked",
      /a build runs/,
    ],
    ["one minute", { ...rules({ afterMinutes: 1 }), unusedMs: minuteMs }, "suspend", /1 minute$/],
  ];

  test.each(table)("%s", (_title, changes, kind, words) => {
    const decision = decideIdle({ ...due, ...changes });
    expect(decision.kind).toBe(kind);
    if (words !== null) expect("reason" in decision ? decision.reason : "").toMatch(words);
  });

  test("tells how long is left, also while something forbids it", () => {
    expect(decideIdle({ ...due, unusedMs: 12 * minuteMs })).toMatchObject({ dueMs: 18 * minuteMs });
    const blocked = decideIdle({ ...due, unusedMs: 29 * minuteMs, ongoing: ["a build runs"] });
    expect(blocked).toMatchObject({ dueMs: minuteMs });
  });
});
