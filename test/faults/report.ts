import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { z } from "zod";

const resultSchema = z.object({
  case: z.string(),
  /** What was done wrong on purpose. */
  faults: z.int().nonnegative(),
  /** `explained`: not running by itself, but saying why with a remedy, which helped. */
  outcome: z.enum(["recovered", "explained", "failed", "skipped"]),
  /** From the fault until a container writes again. */
  recoveryMs: z.number().nullable(),
  /** Records acknowledged during the case, and those missing after it. */
  acknowledged: z.int().nonnegative(),
  lost: z.int().nonnegative(),
  note: z.string(),
});
export type CaseResult = z.infer<typeof resultSchema>;

export interface Summary {
  cases: number;
  faults: number;
  recovered: number;
  explained: number;
  failed: number;
  skipped: number;
  acknowledgedRecords: number;
  lostRecords: number;
  medianRecoveryMs: number | null;
  worstRecoveryMs: number | null;
}

/** The results of a run, one line of JSON each; a file of them lets a later run go on where this one ended. */
export class Report {
  readonly #results: CaseResult[] = [];
  readonly #file: string | null;
  readonly #print: (line: string) => void;

  constructor(print: (line: string) => void, file: string | null) {
    this.#print = print;
    this.#file = file;
    if (file === null || !existsSync(file)) return;
    for (const line of readFileSync(file, "utf8").split("\n")) {
      const result = parseLine(line);
      if (result !== null) this.#keep(result);
    }
  }

  /** Whether an earlier run has been through this case. A failure is tried again, a loss is final. */
  has(id: string): boolean {
    return this.#results.some(
      (result) => result.case === id && (result.outcome !== "failed" || result.lost > 0),
    );
  }

  add(result: CaseResult): void {
    this.#keep(result);
    const line = JSON.stringify(result);
    this.#print(line);
    if (this.#file !== null) appendFileSync(this.#file, `${line}\n`);
  }

  /** What was tried again replaces the earlier attempt. */
  #keep(result: CaseResult): void {
    const earlier = this.#results.findIndex(({ case: id }) => id === result.case);
    if (earlier !== -1) this.#results.splice(earlier, 1);
    this.#results.push(result);
  }

  summary(): Summary {
    const times = this.#results.flatMap(({ recoveryMs }) => recoveryMs ?? []).sort((a, b) => a - b);
    const counted = (outcome: CaseResult["outcome"]) =>
      this.#results.filter((result) => result.outcome === outcome).length;
    const sum = (of: (result: CaseResult) => number) => this.#results.reduce((all, one) => all + of(one), 0);
    return {
      cases: this.#results.length,
      faults: sum(({ faults }) => faults),
      recovered: counted("recovered"),
      explained: counted("explained"),
      failed: counted("failed"),
      skipped: counted("skipped"),
      acknowledgedRecords: sum(({ acknowledged }) => acknowledged),
      lostRecords: sum(({ lost }) => lost),
      medianRecoveryMs: times[Math.floor(times.length / 2)] ?? null,
      worstRecoveryMs: times.at(-1) ?? null,
    };
  }
}

function parseLine(line: string): CaseResult | null {
  try {
    return resultSchema.parse(JSON.parse(line));
  } catch {
    return null;
  }
}
