import type { VmState } from "../contract/index.ts";

/** What the settings say about idling. */
export interface IdleRules {
  enabled: boolean;
  afterMinutes: number;
  /** Instead of `afterMinutes` while the computer runs on its battery. */
  batteryMinutes: number;
  /** Whether containers that run, but do nothing, may be suspended too. */
  withContainers: boolean;
  /** Whether a locked screen counts as nobody there. */
  onLock: boolean;
}

export interface IdleFacts {
  state: VmState;
  canSuspend: boolean;
  rules: IdleRules;
  onBattery: boolean;
  locked: boolean;
  /** Time since the last use, in which the computer was awake. */
  unusedMs: number;
  /** What is under way and must not be interrupted, in words such as "a build runs". */
  ongoing: readonly string[];
  /** Containers that run; null while Docker has not told. */
  runningContainers: number | null;
  /** What running containers use, in percent of one processor; null while nobody has looked. */
  containerCpuPercent: number | null;
}

export type IdleDecision =
  /** There is nothing to wait for. */
  | { kind: "never"; reason: string }
  /** Something forbids it; `dueMs` until the time without use would be over. */
  | { kind: "blocked"; reason: string; dueMs: number }
  | { kind: "wait"; reason: string; dueMs: number }
  /** Due: it depends on what the containers do. */
  | { kind: "look" }
  | { kind: "suspend"; reason: string };

/** A container that only waits stays below this even where everything is emulated. */
const BUSY_CPU_PERCENT = 10;

/** With the screen locked somebody may just have stepped away from a command of a few seconds. */
const LOCKED_IDLE_MS = 5_000;

/** Whether the VM shall be suspended now, and why or why not. */
export function decideIdle(facts: IdleFacts): IdleDecision {
  const never = whyNever(facts);
  if (never !== null) return { kind: "never", reason: never };
  const limitMs = idleLimitMs(facts);
  const dueMs = Math.max(0, limitMs - facts.unusedMs);
  const blocked = whyBlocked(facts);
  if (blocked !== null) return { kind: "blocked", reason: blocked, dueMs };
  const locked = lockCounts(facts);
  const span = locked ? "the screen is locked" : `nothing used it for ${minutes(limitMs / 60_000)}`;
  if (dueMs > 0) {
    const after = locked ? "soon, as the screen is locked" : `after ${minutes(limitMs / 60_000)} without use`;
    return { kind: "wait", reason: `it suspends ${after}`, dueMs };
  }
  if ((facts.runningContainers ?? 0) === 0) return { kind: "suspend", reason: span };
  if (facts.containerCpuPercent === null) return { kind: "look" };
  if (facts.containerCpuPercent >= BUSY_CPU_PERCENT) {
    const percent = Math.round(facts.containerCpuPercent);
    return {
      kind: "blocked",
      reason: `containers are at work (${percent} % of a processor)`,
      dueMs: limitMs,
    };
  }
  return { kind: "suspend", reason: `${span}, and its containers do nothing` };
}

/** How long nothing may happen before it is time. */
function idleLimitMs({ rules, onBattery, locked }: IdleFacts): number {
  if (locked && rules.onLock) return LOCKED_IDLE_MS;
  return (onBattery ? Math.min(rules.batteryMinutes, rules.afterMinutes) : rules.afterMinutes) * 60_000;
}

function lockCounts({ rules, locked }: IdleFacts): boolean {
  return locked && rules.onLock;
}

function whyNever(facts: IdleFacts): string | null {
  if (!facts.rules.enabled && !lockCounts(facts)) return "suspending by itself is switched off";
  if (!facts.canSuspend) return "the VM cannot be suspended on this computer";
  if (facts.state !== "running") return "the VM does not run";
  return null;
}

function whyBlocked(facts: IdleFacts): string | null {
  const { ongoing, runningContainers, rules } = facts;
  const [first, ...more] = ongoing;
  if (first !== undefined) return more.length === 0 ? first : `${first}, and ${more.length} more`;
  if (runningContainers === null) return "Docker does not answer right now";
  if (runningContainers > 0 && !rules.withContainers) {
    return runningContainers === 1 ? "a container runs" : `${runningContainers} containers run`;
  }
  return null;
}

function minutes(count: number): string {
  return `${count} ${count === 1 ? "minute" : "minutes"}`;
}
