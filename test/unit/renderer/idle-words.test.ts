import { expect, test } from "vitest";
import type { PowerReport } from "../../../engine/contract/index.ts";
import { idleWords } from "../../../renderer/pages/home/idle-words.ts";

const now = new Date(2026, 0, 5, 14, 0);
const at = (hours: number, minutes: number, day = 5) => new Date(2026, 0, day, hours, minutes).toISOString();

function report(changes: Partial<PowerReport["idle"]> = {}): PowerReport {
  const idle = { enabled: true, suspendAt: null, reason: "It stays awake: a build runs.", last: null };
  return { onBattery: false, idle: { ...idle, ...changes } };
}

test("a running VM tells when it suspends by itself, or why not", () => {
  expect(idleWords("running", report(), now)).toBe("It stays awake: a build runs.");
  const waits = report({ suspendAt: at(14, 5), reason: "It suspends after 30 minutes without use." });
  expect(idleWords("running", waits, now)).toBe(
    "It suspends after 30 minutes without use. At 14:05 at the earliest.",
  );
});

test("one that did suspend by itself tells why and when; others have nothing to tell", () => {
  const last = (iso: string) => ({
    at: iso,
    outcome: "suspended" as const,
    reason: "Suspended: it was idle.",
  });
  expect(idleWords("suspended", report({ last: last(at(9, 7)) }), now)).toBe(
    "Suspended: it was idle. At 09:07.",
  );
  expect(idleWords("suspended", report({ last: last(at(9, 7, 3)) }), now)).toMatch(/On .+ at 09:07\.$/);
  expect(idleWords("suspended", report(), now)).toBeNull();
  expect(idleWords("stopped", report(), now)).toBeNull();
});
