import type Docker from "dockerode";
import { LineSplitter } from "../text/line-splitter.ts";
import { BerthError } from "../vm.ts";
import { openStream } from "./client.ts";
import { translateDockerError } from "./errors.ts";
import { pullLineSchema, PullProgress } from "./pull-progress.ts";

export interface PullReport {
  detail: string;
  progress: number | null;
}

/** Pulls an image, reporting progress over all layers; aborting cancels the pull. */
export async function pullImage(
  docker: Docker,
  reference: string,
  report: (state: PullReport) => void,
  signal: AbortSignal,
): Promise<void> {
  const progress = new PullProgress();
  const splitter = new LineSplitter();
  const response: AsyncIterable<Buffer> = await openStream(docker, {
    method: "POST",
    path: "/images/create",
    query: { fromImage: withTag(reference) },
    signal,
  });
  for await (const chunk of response) {
    for (const text of splitter.push(chunk)) {
      if (text === "") continue;
      const line = pullLineSchema.parse(JSON.parse(text));
      const problem = line.errorDetail?.message ?? line.error;
      if (problem !== undefined) throw pullError(reference, problem);
      progress.add(line);
      report({ detail: progress.describe(), progress: progress.fraction() });
    }
  }
}

/** Without a tag Docker would pull every one of them. */
export function withTag(reference: string): string {
  const name = reference.trim();
  const last = name.slice(name.lastIndexOf("/") + 1);
  return last.includes(":") || last.includes("@") ? name : `${name}:latest`;
}

function pullError(reference: string, problem: string): BerthError {
  // Said inside of the stream what would otherwise be an HTTP error: recognised the same way.
  const cause = Object.assign(new Error(problem), { statusCode: 500, json: { message: problem } });
  const translated = translateDockerError(cause);
  return new BerthError({
    code: translated?.code ?? "pull_failed",
    message: `${reference} could not be pulled. ${translated?.message ?? problem}`,
    hint: translated?.hint ?? "Check the image's name and the network, then try again.",
    cause,
  });
}
