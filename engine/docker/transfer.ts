import { LineSplitter } from "../text/line-splitter.ts";
import { BerthError } from "../vm.ts";
import { translateDockerError } from "./errors.ts";
import { type PullLine, pullLineSchema, PullProgress } from "./pull-progress.ts";

export interface TransferReport {
  detail: string;
  progress: number | null;
  parts: { id: string; detail: string; progress: number | null }[];
}

/** Most lines repeat what changes ten times a second; a long aux line (a push's digest) is short still. */
const MAX_LINE_BYTES = 1024 * 1024;

/** Reads Docker's progress of a pull or push to its end; an error inside of it is thrown. */
export async function readTransfer(
  answer: AsyncIterable<Buffer>,
  failed: string,
  report: (state: TransferReport) => void,
): Promise<void> {
  const progress = new PullProgress();
  for await (const line of progressLines(answer, failed)) {
    progress.add(line);
    report({ detail: progress.describe(), progress: progress.fraction(), parts: progress.parts() });
  }
}

/** The lines of a progress answer; Docker reports a failure in the middle as a line of its own. */
export async function* progressLines(
  answer: AsyncIterable<Buffer>,
  failed: string,
): AsyncGenerator<PullLine, void, void> {
  const splitter = new LineSplitter(MAX_LINE_BYTES);
  for await (const chunk of answer) {
    for (const text of splitter.push(chunk)) {
      if (text.trim() === "") continue;
      const line = pullLineSchema.parse(JSON.parse(text));
      const problem = line.errorDetail?.message ?? line.error;
      if (problem !== undefined) throw streamError(failed, problem);
      yield line;
    }
  }
}

/** Said inside of the stream what would otherwise be an HTTP error: recognised the same way. */
function streamError(failed: string, problem: string): BerthError {
  const cause = Object.assign(new Error(problem), { statusCode: 500, json: { message: problem } });
  const translated = translateDockerError(cause);
  return new BerthError({
    code: translated?.code ?? "docker_failed",
    message: `${failed} ${translated?.message ?? problem}`,
    hint: translated?.hint ?? "Try again; the Docker engine's log tells more: berth logs dockerd.",
    cause,
  });
}
