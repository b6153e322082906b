import { z } from "zod";
import { describeFailure } from "../../engine/contract/index.ts";
import { bounds, eventually, within } from "./bounds.ts";
import type { Ledger } from "./ledger.ts";
import type { Rig } from "./rig.ts";

export interface Recovery {
  outcome: "recovered" | "explained";
  /** From the fault until a container writes again. */
  ms: number;
  note: string;
}

/**
 * Waits until everything is as it should be: an engine serves, the VM runs, Docker answers and the container
 * writes. What does not come back by itself must say why with a remedy, and the remedy, a start, must help.
 */
export async function recover(rig: Rig, ledger: Ledger, faultAt: number): Promise<Recovery> {
  const client = await rig.client();
  const found = await rig.settled(bounds.startMs);
  let note = "";
  let explained = false;
  if (found.state !== "running") {
    const [problem] = found.problems.filter(({ severity }) => severity === "problem");
    note = problem === undefined ? found.state : `${found.state}: ${problem.id}`;
    explained = problem !== undefined;
    if (found.state === "broken" && problem === undefined)
      throw new Error("It is broken and does not say why.");
    if (problem !== undefined && problem.hint === "") throw new Error(`${problem.id} names no remedy.`);
    await within("The start after it", bounds.startMs, startAgain(client));
  }
  await rig.dockerAnswers();
  await ledger.advances();
  const ms = Math.round(performance.now() - faultAt);
  const lastStart = (await rig.peek()).lastStart ?? "";
  return {
    outcome: explained ? "explained" : "recovered",
    ms,
    note: [note, lastStart].filter(Boolean).join(", "),
  };
}

async function startAgain(client: Awaited<ReturnType<Rig["client"]>>): Promise<void> {
  try {
    await client.vm.start({});
  } catch (error) {
    const { code, hint } = describeFailure(error);
    if (hint === "") throw error;
    // A start that failed has told why; a plain boot is the remedy that is always there.
    await client.vm.start({ cold: true }).catch((again: unknown) => {
      throw new Error(`A start failed (${code}), and a cold one too: ${describeFailure(again).message}`);
    });
  }
}

/** Docker can do more than write on: a container is made, runs to its end and is removed. */
export async function containersRun(rig: Rig): Promise<void> {
  await eventually("a container that runs", bounds.dockerMs, async () => {
    const container = await rig.docker.createContainer({ Image: "berth/welcome", Cmd: ["true"] });
    try {
      await container.start();
      const ended = z.object({ StatusCode: z.int() }).parse(await container.wait());
      return ended.StatusCode === 0 ? true : null;
    } finally {
      await container.remove({ force: true });
    }
  });
}

/** What the guest's kernel found wrong with its data disk; empty when nothing is. */
export async function fileSystemErrors(rig: Rig): Promise<string> {
  const lines = await rig.guest("dmesg | grep -E 'EXT4-fs (error|warning)|I/O error' | tail -n 3; true");
  return lines.trim();
}
