import type { TemplateFinding } from "../../contract/index.ts";
import { DetailedError } from "../../errors.ts";

/** A place in a file; lines and columns begin at 1. */
export interface Place {
  file: string;
  line: number;
  column: number;
}

/** A template's file that cannot be used, with the places of what is wrong. */
export class TemplateProblem extends DetailedError {
  readonly findings: TemplateFinding[];

  constructor(findings: [TemplateFinding, ...TemplateFinding[]], cause?: unknown) {
    const [first, ...rest] = findings;
    const more = rest.length === 0 ? "" : ` (and ${rest.length} more)`;
    super(
      {
        code: first.code,
        message: `${first.file}, line ${first.line}, column ${first.column}: ${first.message}${more}`,
        hint: first.fix,
        cause,
      },
      { findings },
    );
    this.findings = findings;
  }
}

/** A problem of a file as a whole. */
export function fileProblem(
  file: string,
  what: { code: string; message: string; fix: string; line?: number; column?: number },
  cause?: unknown,
): TemplateProblem {
  const { code, message, fix, line = 1, column = 1 } = what;
  return new TemplateProblem(
    [{ severity: "error", code, file, line, column, path: "", message, fix }],
    cause,
  );
}
