import type { Services } from "../services.ts";
import type { Finding, Inspection } from "./check.ts";

/** A guest's clock may differ by this much: certificates and builds take no harm from it. */
const CLOCK_TOLERANCE_MS = 2_000;
const ANSWER_TIMEOUT_MS = 10_000;

/** What must be right inside of the VM; nothing to say while it does not run. */
export function guestInspections(services: Services): Inspection[] {
  const { machine, docker } = services;
  const whileRunning = (look: () => Promise<Finding>) => async () =>
    machine.snapshot().state === "running" ? look() : null;
  return [
    {
      id: "vm",
      title: "The VM is in order",
      look: () => {
        const { state, problems } = machine.snapshot();
        const serious = problems.filter((problem) => problem.severity === "problem");
        if (state !== "broken" && serious.length === 0) return null;
        return {
          problem: serious.map((problem) => problem.message).join(" ") || "The VM is broken.",
          fix: serious.map((problem) => problem.hint).join(" ") || "Start it again: berth start --cold.",
        };
      },
    },
    {
      id: "docker",
      title: "Docker answers through the tunnel",
      look: whileRunning(async () => {
        await machine.tunnel.ready(ANSWER_TIMEOUT_MS);
        await docker.ping();
        return null;
      }),
    },
    {
      id: "clock",
      title: "The VM's clock is right",
      look: whileRunning(async () => {
        const differenceMs = await clockDifference(services);
        if (Math.abs(differenceMs) <= CLOCK_TOLERANCE_MS) return null;
        return {
          problem: `The VM's clock is ${(Math.abs(differenceMs) / 1000).toFixed(1)} s ${differenceMs > 0 ? "ahead" : "behind"}.`,
          fix: "Set it to this computer's time.",
        };
      }),
      repair: async () => {
        const seconds = (Date.now() / 1000).toFixed(3);
        await machine.tunnel.exec(["date", "-u", "-s", `@${seconds}`], { timeoutMs: ANSWER_TIMEOUT_MS });
      },
    },
  ];
}

/** Guest minus host; 0 when the guest's time lies between the host's before and after asking. */
async function clockDifference({ machine }: Services): Promise<number> {
  const before = Date.now();
  const { stdout } = await machine.tunnel.exec(["date", "+%s%3N"], { timeoutMs: ANSWER_TIMEOUT_MS });
  const after = Date.now();
  const guest = Number(stdout.trim());
  if (guest < before) return guest - before;
  return guest > after ? guest - after : 0;
}
