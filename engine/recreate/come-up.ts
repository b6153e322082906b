import type Docker from "dockerode";
import { z } from "zod";
import { openStream } from "../docker/index.ts";
import { LineSplitter } from "../text/line-splitter.ts";
import { BerthError } from "../vm.ts";
import { containerDetailsOf, type ContainerDetails } from "./details.ts";

/** How long a container without a health check has to run to count as up. */
const STEADY_SECONDS = 3;
/** The end of waiting for a health check that never decides. */
const LONGEST_SECONDS = 600;
const LOG_LINES = 5;
const MAX_EVENT_BYTES = 1024 * 1024;

const eventSchema = z.object({
  Action: z.string(),
  Actor: z.object({ Attributes: z.record(z.string(), z.string()).nullish() }),
});

/** `exitCode` is null where it is not known. */
type Outcome = { kind: "healthy" | "unhealthy" | "time-out" } | { kind: "ended"; exitCode: number | null };

/**
 * Starts a container and waits until it is up: healthy where it has a health check, else running for a while.
 * Throws `not_up` with what it said last when it ends, is unhealthy or takes too long.
 */
export async function startAndAwait(
  docker: Docker,
  id: string,
  options: { waitSeconds: number | null; signal: AbortSignal },
): Promise<void> {
  const container = docker.getContainer(id);
  const ended = new AbortController();
  const signal = AbortSignal.any([options.signal, ended.signal]);
  try {
    const filters = JSON.stringify({ container: [id], event: ["die", "health_status"] });
    const events = await openStream(docker, { path: "/events", query: { filters }, signal });
    await container.start();
    const { State } = await containerDetailsOf(docker, id);
    const checked = State.Health !== undefined && State.Health !== null && State.Health.Status !== "none";
    const steady = options.waitSeconds ?? STEADY_SECONDS;
    const seconds = checked ? (options.waitSeconds ?? LONGEST_SECONDS) : steady;
    const outcome = decided(State) ?? (await firstOutcome(events, seconds, options.signal));
    options.signal.throwIfAborted();
    if (outcome.kind === "healthy" || (outcome.kind === "time-out" && !checked)) return;
    throw await notUp(docker, id, outcome, seconds);
  } finally {
    ended.abort();
  }
}

/** What is clear right after the start; a health check may have been quicker than we. */
function decided(state: ContainerDetails["State"]): Outcome | null {
  if (state.Health?.Status === "healthy") return { kind: "healthy" };
  return state.Running || state.Restarting ? null : { kind: "ended", exitCode: state.ExitCode };
}

async function firstOutcome(
  events: AsyncIterable<Buffer>,
  seconds: number,
  signal: AbortSignal,
): Promise<Outcome> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Outcome>((resolve) => {
    timer = setTimeout(() => resolve({ kind: "time-out" }), seconds * 1000);
    signal.addEventListener("abort", () => resolve({ kind: "time-out" }), { once: true });
  });
  try {
    return await Promise.race([late, outcomeOf(events)]);
  } finally {
    clearTimeout(timer);
  }
}

async function outcomeOf(events: AsyncIterable<Buffer>): Promise<Outcome> {
  const splitter = new LineSplitter(MAX_EVENT_BYTES);
  try {
    for await (const chunk of events) {
      for (const line of splitter.push(chunk)) {
        if (line === "") continue;
        const { Action, Actor } = eventSchema.parse(JSON.parse(line));
        // With a restart policy it may run again by the time it is looked at.
        if (Action === "die") return { kind: "ended", exitCode: exitCodeOf(Actor.Attributes?.["exitCode"]) };
        if (Action === "health_status: healthy") return { kind: "healthy" };
        if (Action === "health_status: unhealthy") return { kind: "unhealthy" };
      }
    }
  } catch {
    // The connection broke: what became of it cannot be told, which is as bad as an end.
  }
  return { kind: "ended", exitCode: null };
}

function exitCodeOf(text: string | undefined): number | null {
  return text === undefined ? null : Number(text);
}

async function notUp(docker: Docker, id: string, outcome: Outcome, seconds: number): Promise<BerthError> {
  const details = await containerDetailsOf(docker, id).catch(() => null);
  const said = details === null ? "" : await lastLines(docker, details);
  return new BerthError({
    code: "not_up",
    message: reason(outcome, seconds),
    hint: said === "" ? "It said nothing." : `It said last: ${said}`,
  });
}

function reason(outcome: Outcome, seconds: number): string {
  if (outcome.kind === "unhealthy") return "it is not healthy";
  if (outcome.kind !== "ended") return `it was not healthy within ${seconds} s`;
  return outcome.exitCode === null ? "it ended" : `it ended with exit code ${outcome.exitCode}`;
}

async function lastLines(docker: Docker, details: ContainerDetails): Promise<string> {
  const options = { stdout: true, stderr: true, follow: false, tail: LOG_LINES } as const;
  const log = await docker
    .getContainer(details.Id)
    .logs(options)
    .catch(() => Buffer.alloc(0));
  const text = details.Config.Tty ? log.toString() : withoutFrames(log);
  return text.trim().split(/\r?\n/).slice(-LOG_LINES).join(" / ").slice(-1000);
}

/** Each piece has eight bytes before it, the last four its length. */
function withoutFrames(log: Buffer): string {
  let text = "";
  for (let at = 0; at + 8 <= log.length;) {
    const end = at + 8 + log.readUInt32BE(at + 4);
    text += log.toString("utf8", at + 8, end);
    at = end;
  }
  return text;
}
