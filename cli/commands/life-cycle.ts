import type { BerthClient, Status } from "../../engine/contract/index.ts";
import type { Context } from "../context.ts";
import { exitCodes } from "../failure.ts";
import { describeStart, StatusProgress } from "../status-progress.ts";

interface Transition {
  /** The command's name, for the message when the user stops waiting. */
  name: string;
  run: (client: BerthClient) => Promise<void>;
  /** Ctrl-C calls it off instead of leaving it to itself. */
  callOff?: { run: (client: BerthClient) => Promise<boolean>; done: string };
  /** What holds afterwards, for people. */
  done: (before: Status, after: Status) => string;
}

/** Starts the VM, or resumes a suspended one; waits until Docker answers. */
export function start(context: Context, cold: boolean): Promise<number> {
  return transition(context, {
    name: "start",
    run: (client) => client.vm.start({ cold }),
    done: (before, after) =>
      before.state === "running"
        ? "The VM is running already."
        : `${describeStart(after)} ${socketLine(after)}`,
  });
}

/** Stops containers in order, then the VM; with `force` it ends at once. */
export function stop(context: Context, force: boolean): Promise<number> {
  return transition(context, {
    name: "stop",
    run: (client) => client.vm.stop({ force }),
    done: () => "The VM is stopped.",
  });
}

/** Stops and starts the VM. */
export function restart(context: Context): Promise<number> {
  return transition(context, {
    name: "restart",
    run: (client) => client.vm.restart(),
    done: (_before, after) => `${describeStart(after)} ${socketLine(after)}`,
  });
}

/** Saves the VM to disk. */
export function suspend(context: Context): Promise<number> {
  return transition(context, {
    name: "suspend",
    run: (client) => client.vm.suspend(),
    callOff: { run: (client) => client.vm.cancel(), done: "The suspend was called off; the VM runs on." },
    done: () => "The VM is suspended to disk and uses no memory. Go on with: berth resume",
  });
}

/** Goes on where the VM was suspended. */
export function resume(context: Context): Promise<number> {
  return transition(context, {
    name: "resume",
    run: (client) => client.vm.resume(),
    done: (before, after) =>
      before.state === "running"
        ? "The VM is running already."
        : `${describeStart(after)} ${socketLine(after)}`,
  });
}

/** Halts the VM where it is. */
export function pause(context: Context): Promise<number> {
  return transition(context, {
    name: "pause",
    run: (client) => client.vm.pause(),
    done: () => "The VM is paused. Go on with: berth unpause",
  });
}

/** Lets a paused VM go on. */
export function unpause(context: Context): Promise<number> {
  return transition(context, {
    name: "unpause",
    run: (client) => client.vm.unpause(),
    done: () => "The VM is running.",
  });
}

/**
 * Runs a transition to its end, showing what happens. Ctrl-C ends the waiting, not the transition, but for one
 * that can be called off.
 */
function transition(context: Context, { name, run, done, callOff }: Transition): Promise<number> {
  return context.withEngine(async (client) => {
    const before = await client.vm.status();
    const progress = new StatusProgress(context.output.progress(), before);
    progress.watch(client);
    const interruption = untilInterrupted(context);
    try {
      const running = run(client);
      const end = await Promise.race([running, interruption.happened]);
      if (end === "interrupted" && callOff !== undefined) {
        // Too late to be called off: it is all but done.
        if (!(await callOff.run(client))) await running;
        else await running.catch(() => undefined);
        progress.close();
        const { state } = await client.vm.status();
        context.output.note(
          `berth: ${state === "running" || state === "paused" ? callOff.done : `"${name}" was done already.`}`,
        );
        return exitCodes.interrupted;
      }
      if (end === "interrupted") {
        progress.close();
        context.output.note(`berth: "${name}" goes on in the background. See how far it is: berth status`);
        return exitCodes.interrupted;
      }
      const after = await client.vm.status();
      progress.show(after);
      progress.close();
      await context.output.result(after, () => done(before, after));
      return exitCodes.done;
    } finally {
      interruption.forget();
      progress.close();
    }
  });
}

function untilInterrupted(context: Context): { happened: Promise<"interrupted">; forget: () => void } {
  let forget = () => {};
  const happened = new Promise<"interrupted">((resolve) => {
    forget = context.surroundings.onInterrupt(() => {
      resolve("interrupted");
    });
  });
  return { happened, forget };
}

function socketLine(status: Status): string {
  return `Docker answers at ${status.docker.socket}`;
}
