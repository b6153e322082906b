import type { MachineCore } from "./core.ts";

const problemId = "docker_unreachable";
/** Shorter interruptions mend themselves before anybody has read about them. */
const patienceMs = 10_000;

/** Tells of a tunnel that does not come back by itself while the machine runs. */
export class TunnelWatch {
  readonly #core: MachineCore;
  #timer: NodeJS.Timeout | null = null;

  constructor(core: MachineCore) {
    this.#core = core;
    core.tunnel.on("state", () => this.look());
  }

  look(): void {
    const { tunnel, status } = this.#core;
    if (tunnel.state === "up") status.removeProblem(problemId);
    if (tunnel.state !== "connecting" || status.state !== "running") {
      this.stop();
      return;
    }
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      if (tunnel.state === "up" || status.state !== "running") return;
      status.addProblem({
        id: problemId,
        message: "Docker in the VM does not answer; the connection is being rebuilt.",
        hint: "If it stays so, look at `berth logs dockerd` and run `berth restart`.",
        severity: "problem",
      });
    }, patienceMs);
  }

  stop(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
