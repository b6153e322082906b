import type { Kill, Moment, Victim } from "./kills.ts";
import { Random } from "./random.ts";
import type { Transition } from "./rig.ts";

type Share = readonly [moment: Moment, times: number];

const state = (name: "running" | "paused" | "suspended" | "stopped"): Moment => ({
  kind: "state",
  state: name,
});
const during = (transition: Transition): Moment => ({ kind: "during", transition, at: 0 });

/** What the long form kills, and when: 60 QEMUs, 40 engines, 20 of each of the guest's daemons, 40 anywhere. */
const long: Record<Victim, readonly Share[]> = {
  qemu: [
    [state("running"), 14],
    [state("paused"), 2],
    [during("suspend"), 20],
    [during("resume"), 10],
    [during("cold start"), 6],
    [during("warm start"), 3],
    [during("stop"), 3],
    [during("snapshot"), 2],
  ],
  engine: [
    [state("running"), 12],
    [state("paused"), 2],
    [state("suspended"), 2],
    [state("stopped"), 1],
    [during("suspend"), 8],
    [during("resume"), 8],
    [during("cold start"), 3],
    [during("warm start"), 2],
    [during("stop"), 2],
  ],
  dockerd: guestShares(),
  containerd: guestShares(),
  sshd: guestShares(),
};

const short: Record<Victim, readonly Share[]> = {
  qemu: [
    [state("running"), 1],
    [during("suspend"), 1],
  ],
  engine: [
    [state("running"), 1],
    [during("suspend"), 1],
    [during("resume"), 1],
  ],
  dockerd: [[state("running"), 1]],
  containerd: [[state("running"), 1]],
  sshd: [[state("running"), 1]],
};

const anywhere = 40;

/** All kills of a run in their order, which the seed decides. */
export function planKills(form: "short" | "long", seed: number): Kill[] {
  const random = new Random(seed);
  const shares = form === "long" ? long : short;
  const victims = Object.keys(shares) as Victim[];
  const kills = victims.flatMap((victim) => shares[victim].flatMap((share) => spread(victim, share)));
  const more =
    form === "long" ? Array.from({ length: anywhere }, (_, index) => somewhere(random, victims, index)) : [];
  return random.shuffled([...kills, ...more]);
}

/** The moments of a transition lie evenly over its usual time, and a little beyond. */
function spread(victim: Victim, [moment, times]: Share): Kill[] {
  return Array.from({ length: times }, (_, index) => {
    const at = moment.kind === "during" ? { ...moment, at: ((index + 0.5) / times) * 1.15 } : moment;
    return { id: `kill ${victim} ${wordsOf(at)} ${index + 1}`, victim, moment: at };
  });
}

function somewhere(random: Random, victims: readonly Victim[], index: number): Kill {
  const victim = random.pick(victims);
  const isGuests = victim !== "qemu" && victim !== "engine";
  const [chosen] = random.pick(isGuests ? guestShares() : long[victim]);
  const moment = chosen.kind === "during" ? { ...chosen, at: random.next() * 1.2 } : chosen;
  return { id: `kill ${victim} anywhere ${index + 1} (${wordsOf(moment)})`, victim, moment };
}

function guestShares(): Share[] {
  return [
    [state("running"), 16],
    [{ kind: "before", transition: "suspend" }, 2],
    [{ kind: "after", transition: "resume" }, 2],
  ];
}

function wordsOf(moment: Moment): string {
  switch (moment.kind) {
    case "state":
      return moment.state;
    case "during":
      return `in ${moment.transition} at ${Math.round(moment.at * 100)}%`;
    case "before":
      return `before ${moment.transition}`;
    case "after":
      return `after ${moment.transition}`;
  }
}
