import { containersRun, fileSystemErrors, recover } from "./recovery.ts";
import { bounds, wait, within } from "./bounds.ts";
import type { FaultCase, World } from "./cases/case.ts";
import { cyclesCase } from "./cases/cycles.ts";
import { damageCases } from "./cases/damage.ts";
import { surroundingCases } from "./cases/surroundings.ts";
import { carryOut, type Kill, type Victim } from "./kills.ts";
import { planKills } from "./plan.ts";
import type { CaseResult, Report } from "./report.ts";

export interface FaultRun {
  form: "short" | "long";
  seed: number;
  /** Only cases whose name this matches. */
  only: RegExp | null;
  report: Report;
  /** A home with a running VM whose container writes. */
  makeWorld: () => Promise<World & AsyncDisposable>;
  progress: (text: string) => void;
  signal: AbortSignal;
}

/** A guest's daemon that dies more often than this counts as crash-looping, which is another matter. */
const DAEMON_REST_MS = 32_000;
const CASE_MS = 15 * 60_000;

/** Runs all cases of a form, but those that the report knows already. */
export async function runFaults(run: FaultRun): Promise<void> {
  const cases = allCases(run).filter(({ id }) => run.only === null || run.only.test(id));
  const queue = cases.filter(({ id }) => !run.report.has(id));
  if (queue.length === 0) return;
  run.progress(`${queue.length} cases, seed ${run.seed}`);
  let world = await run.makeWorld();
  const rested = new Map<Victim, number>();
  try {
    while (queue.length > 0 && !run.signal.aborted) {
      const next = await takeNext(queue, rested);
      const result = await oneCase(world, next);
      run.report.add(result);
      if (next.victim !== null) rested.set(next.victim, performance.now() + DAEMON_REST_MS);
      if (result.outcome !== "failed") continue;
      // Whatever is left of it would spoil the next one.
      await world[Symbol.asyncDispose]();
      world = await run.makeWorld();
    }
  } finally {
    await world[Symbol.asyncDispose]();
  }
}

type PlannedCase = FaultCase & { victim: Victim | null };

function allCases({ form, seed }: FaultRun): PlannedCase[] {
  const kills = planKills(form, seed).map(killCase);
  const others = [...damageCases, ...surroundingCases, cyclesCase(30)]
    .filter(({ short }) => form === "long" || short)
    .map((other) => ({ ...other, victim: null }));
  return [...kills, ...others];
}

function killCase(kill: Kill): PlannedCase {
  const guests = kill.victim !== "qemu" && kill.victim !== "engine";
  const sleeps = kill.moment.kind !== "state" || kill.moment.state !== "running";
  return {
    id: kill.id,
    short: true,
    victim: guests ? kill.victim : null,
    async run({ rig, ledger }) {
      if (sleeps) ledger.silence();
      const at = await carryOut(rig, kill);
      if (kill.victim === "dockerd" || kill.victim === "containerd") {
        await rig.dockerAnswers();
        await containersRun(rig);
      }
      return { faults: 1, at };
    },
  };
}

/** The first case whose victim has come to rest; waits where there is none. */
async function takeNext(queue: PlannedCase[], rested: ReadonlyMap<Victim, number>): Promise<PlannedCase> {
  for (;;) {
    const now = performance.now();
    const index = queue.findIndex(({ victim }) => victim === null || (rested.get(victim) ?? 0) <= now);
    const [next] = index === -1 ? [] : queue.splice(index, 1);
    if (next !== undefined) return next;
    await wait(500);
  }
}

async function oneCase(world: World, { id, run, skip }: FaultCase): Promise<CaseResult> {
  const { rig, ledger } = world;
  const before = ledger.acknowledged;
  const result = (changes: Partial<CaseResult>): CaseResult => ({
    case: id,
    faults: 0,
    outcome: "recovered",
    recoveryMs: null,
    acknowledged: ledger.acknowledged - before,
    lost: 0,
    note: "",
    ...changes,
  });
  const reason = skip?.(world) ?? null;
  if (reason !== null) return result({ outcome: "skipped", note: reason });
  let faults = 1;
  try {
    return await within(id, CASE_MS, through());
  } catch (error) {
    return result({ faults, outcome: "failed", note: await whatIsKnown(rig, error) });
  }

  async function through(): Promise<CaseResult> {
    const done = await run(world);
    faults = done.faults;
    const recovery = await recover(rig, ledger, done.at);
    const lost = await within("Reading the records", bounds.dockerMs, ledger.lost());
    const errors = await fileSystemErrors(rig);
    const notes = [done.note ?? "", recovery.note, errors].filter((note) => note !== "");
    const failed = lost > 0 || errors !== "";
    return result({
      faults,
      outcome: failed ? "failed" : recovery.outcome,
      recoveryMs: recovery.ms,
      lost,
      note: notes.join("; "),
    });
  }
}

/** The error, and the state that the engine tells, if it tells any. */
async function whatIsKnown(rig: World["rig"], error: unknown): Promise<string> {
  const words = error instanceof Error ? error.message : String(error);
  const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : "";
  const state = await within("The state", 10_000, rig.peek()).then(
    ({ state: now, problems }) => `${now} ${problems.map(({ id }) => id).join(" ")}`.trim(),
    () => "unknown",
  );
  return `${words}${cause} State: ${state}.`;
}
