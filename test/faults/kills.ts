import { bounds, wait, within } from "./bounds.ts";
import { killProcess } from "./processes.ts";
import type { Rig, Transition } from "./rig.ts";

export type Victim = "qemu" | "engine" | "dockerd" | "containerd" | "sshd";

/** When the victim is killed. */
export type Moment =
  | { kind: "state"; state: "running" | "paused" | "suspended" | "stopped" }
  /** `at`: share of the time that such a transition usually takes. */
  | { kind: "during"; transition: Transition; at: number }
  | { kind: "before"; transition: "suspend" | "stop" }
  | { kind: "after"; transition: "resume" };

export interface Kill {
  id: string;
  victim: Victim;
  moment: Moment;
}

/** sshd's sessions are programs of another name; without them its listener alone would die. */
const guestPrograms: Record<Exclude<Victim, "qemu" | "engine">, string> = {
  dockerd: "dockerd",
  containerd: "containerd",
  sshd: "sshd sshd-session sshd-auth",
};

/** Carries a kill out; answers when it happened (performance.now). The VM runs when this begins. */
export async function carryOut(rig: Rig, { victim, moment }: Kill): Promise<number> {
  switch (moment.kind) {
    case "state":
      await bringTo(rig, moment.state);
      await kill(rig, victim);
      return performance.now();
    case "before": {
      const killed = kill(rig, victim);
      await killed;
      const at = performance.now();
      await rig.go(moment.transition);
      return at;
    }
    case "after":
      await rig.go("suspend");
      await rig.go("resume");
      await kill(rig, victim);
      return performance.now();
    case "during":
      return during(rig, victim, moment.transition, moment.at);
  }
}

async function during(rig: Rig, victim: Victim, transition: Transition, share: number): Promise<number> {
  if (transition === "resume") await rig.go("suspend");
  if (transition === "cold start" || transition === "warm start") await rig.go("stop");
  const engine = await rig.enginePid();
  const under = rig.begin(transition).catch(() => undefined);
  await wait(rig.usualMs(transition) * share);
  if (victim === "engine") killProcess(engine);
  else killProcess(rig.qemu);
  const at = performance.now();
  // A killed engine answers nothing any more, and its end is noticed by the connection's.
  await within(`The answer to a ${transition} whose ${victim} was killed`, bounds.startMs, under);
  if (victim === "engine") rig.disconnect();
  return at;
}

async function bringTo(rig: Rig, state: "running" | "paused" | "suspended" | "stopped"): Promise<void> {
  if (state === "paused") await (await rig.client()).vm.pause();
  if (state === "suspended") await rig.go("suspend");
  if (state === "stopped") await rig.go("stop");
}

async function kill(rig: Rig, victim: Victim): Promise<void> {
  if (victim === "engine") return rig.killEngine();
  if (victim === "qemu") {
    killProcess(rig.qemu);
    return;
  }
  // The answer may die with sshd.
  await rig.guest(`busybox killall -9 ${guestPrograms[victim]}`).catch(() => undefined);
}
