import { BerthError, describeError } from "../errors.ts";
import type { Logger, MachineProgress, Problem, StartKind, StartPhase, VmState } from "../types.ts";
import { type Journal, writeJournal } from "./journal.ts";
import { canStep } from "./states.ts";

/** Problems that hold for one run of the guest only; forgotten when it ends. */
const guestPrefix = "guest-";

/** State, phases and problems of the machine: kept in the journal, announced on every change. */
export class MachineStatus {
  readonly #file: string;
  readonly #logger: Logger;
  readonly #onChange: () => void;
  readonly #onProgress: (progress: MachineProgress) => void;
  #journal: Journal;
  #currentPhase: string | null = null;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: {
    file: string;
    journal: Journal | null;
    logger: Logger;
    onChange: () => void;
    onProgress: (progress: MachineProgress) => void;
  }) {
    this.#file = options.file;
    this.#logger = options.logger;
    this.#onChange = options.onChange;
    this.#onProgress = options.onProgress;
    this.#journal = options.journal ?? {
      format: 1,
      state: "absent",
      since: new Date().toISOString(),
      lastStart: null,
      phases: [],
      diskGiB: null,
      bootConfiguration: "",
      problems: [],
    };
  }

  get state(): VmState {
    return this.#journal.state;
  }
  get since(): string {
    return this.#journal.since;
  }
  get lastStart(): StartKind | null {
    return this.#journal.lastStart;
  }
  get phases(): StartPhase[] {
    return [...this.#journal.phases];
  }
  get currentPhase(): string | null {
    return this.#currentPhase;
  }
  get problems(): Problem[] {
    return [...this.#journal.problems];
  }
  get diskGiB(): number | null {
    return this.#journal.diskGiB;
  }
  /** Digest of the configuration the machine was booted with; a resumed one keeps it. */
  get bootConfiguration(): string {
    return this.#journal.bootConfiguration;
  }

  /** Steps to a state; on disk before it resolves. A step that is not in the table is a bug. */
  async step(to: VmState): Promise<void> {
    if (!canStep(this.state, to)) throw new Error(`no step from ${this.state} to ${to}`);
    await this.settle(to);
  }

  /** As `step`, for what is simply found to be so. */
  async settle(to: VmState): Promise<void> {
    if (to !== this.state) {
      this.#logger.info("VM state", { from: this.state, to });
      this.#journal = { ...this.#journal, state: to, since: new Date().toISOString() };
      this.#currentPhase = null;
    }
    await this.#save();
    this.#onChange();
  }

  async setLastStart(kind: StartKind): Promise<void> {
    this.#journal = { ...this.#journal, lastStart: kind };
    await this.#save();
  }

  setDiskGiB(diskGiB: number): void {
    this.#journal = { ...this.#journal, diskGiB };
  }

  setBootConfiguration(digest: string): void {
    this.#journal = { ...this.#journal, bootConfiguration: digest };
  }

  clearPhases(): void {
    this.#journal = { ...this.#journal, phases: [] };
  }

  /** Notes a step that has been reached, `ms` after the request; the list is in order of time. */
  setPhase(name: string, ms: number): void {
    const others = this.#journal.phases.filter((phase) => phase.name !== name);
    const phases = [...others, { name, ms }].sort((a, b) => a.ms - b.ms);
    this.#journal = { ...this.#journal, phases };
    this.#onChange();
  }

  /** Announces what is being done now. */
  progress(progress: MachineProgress): void {
    this.#currentPhase = progress.phase;
    this.#onProgress(progress);
    this.#onChange();
  }

  addProblem(problem: Problem): void {
    const others = this.#journal.problems.filter(({ id }) => id !== problem.id);
    this.#journal = { ...this.#journal, problems: [...others, problem] };
    this.#logger.warn("VM problem", { id: problem.id, message: problem.message });
    this.#saveLater();
    this.#onChange();
  }

  removeProblem(id: string): void {
    if (!this.#journal.problems.some((problem) => problem.id === id)) return;
    this.#journal = { ...this.#journal, problems: this.#journal.problems.filter((other) => other.id !== id) };
    this.#saveLater();
    this.#onChange();
  }

  clearProblems(): void {
    this.#journal = { ...this.#journal, problems: [] };
  }

  clearGuestProblems(): void {
    const problems = this.#journal.problems.filter(({ id }) => !id.startsWith(guestPrefix));
    this.#journal = { ...this.#journal, problems };
  }

  /** Makes an error visible as a lasting problem. */
  addError(error: unknown, severity: Problem["severity"] = "problem"): void {
    this.addProblem(problemOf(error, severity));
  }

  async flush(): Promise<void> {
    await this.#save();
  }

  #save(): Promise<void> {
    const write = this.#writing.then(() => writeJournal(this.#file, this.#journal));
    this.#writing = write.catch(() => undefined);
    return write.catch((cause: unknown) => {
      throw new BerthError({
        code: "journal_not_written",
        message: `The VM's journal ${this.#file} could not be written.`,
        hint: "Check the free space on the disk and who owns the folder.",
        cause,
      });
    });
  }

  #saveLater(): void {
    this.#save().catch((error: unknown) =>
      this.#logger.error("The VM's journal was not written", { error: describeError(error) }),
    );
  }
}

export function guestProblemId(id: string): string {
  return `${guestPrefix}${id}`;
}

function problemOf(error: unknown, severity: Problem["severity"]): Problem {
  if (error instanceof BerthError) {
    return { id: error.code, message: error.message, hint: error.hint, severity };
  }
  return {
    id: "unexpected_error",
    message: "Something unexpected failed.",
    hint: "See `berth logs engine`, and please report it.",
    severity,
  };
}
