import { translateDockerError } from "../docker/index.ts";
import { BerthError } from "../vm.ts";
import { DetailedError } from "../errors.ts";
import type { ComposeProblem } from "../contract/index.ts";
import type { ComposeDocument } from "./compose-document.ts";

/** Where in the project's files Compose's complaint belongs. */
export function problemOf(message: string, documents: readonly ComposeDocument[]): ComposeProblem {
  const text = message.trim();
  const named = documents.find((document) => text.includes(document.file));
  const searched = named ? [named] : [...documents];
  const file = (searched[0] ?? documents[0])?.file ?? "";
  const unplaced: ComposeProblem = {
    severity: "error",
    message: readable(text),
    file,
    line: null,
    column: null,
  };
  const line = /\byaml: (?:.*?)line (\d+): (.*)/s.exec(text);
  if (line) return { ...unplaced, message: readable(line[2] ?? text), line: Number(line[1]), column: 1 };
  for (const path of candidatePaths(text)) {
    for (const document of searched) {
      const keys = document.pathOf(path);
      const at = document.positionOf(keys);
      if (at) return { ...unplaced, file: document.file, ...at };
    }
  }
  return unplaced;
}

/** The keys that a message talks of, the most exact first. */
function candidatePaths(text: string): string[] {
  const extra =
    /(?:^|\s)((?:services|volumes|networks|secrets|configs)\.\S+|\(root\)) Additional property (\S+) is/.exec(
      text,
    );
  if (extra) {
    const parent = extra[1] === "(root)" ? "" : `${extra[1] ?? ""}.`;
    return [`${parent}${extra[2] ?? ""}`];
  }
  const dotted = /\b((?:services|volumes|networks|secrets|configs)\.[^\s:,"']+)/.exec(text)?.[1];
  const service = /service "([^"]+)"/.exec(text)?.[1];
  const undefinedThing = /(?:undefined|not found).*?(service|volume|network|secret|config) "?([\w.-]+)/.exec(
    text,
  );
  const paths: string[] = [];
  if (dotted !== undefined) paths.push(dotted.replace(/\.$/, ""));
  if (service !== undefined) {
    const part = { service: "depends_on", volume: "volumes", network: "networks" }[undefinedThing?.[1] ?? ""];
    if (part !== undefined) paths.push(`services.${service}.${part}`);
    paths.push(`services.${service}`);
  }
  return paths;
}

function readable(text: string): string {
  const plain = text
    .replace(/^validating \S+: /, "")
    .replace(/: invalid compose project$/, "")
    .replace(/^error while interpolating [^:]+: /, "")
    .trim();
  const capital = plain.charAt(0).toUpperCase() + plain.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}

/** A Compose file that cannot be used; `details.problems` says where. */
export function invalidComposeFile(problems: readonly ComposeProblem[]): DetailedError {
  const [first] = problems;
  const where =
    first?.line === null || first === undefined
      ? (first?.file ?? "")
      : `${first.file}, line ${first.line}, column ${first.column ?? 1}`;
  return new DetailedError(
    {
      code: "invalid_compose_file",
      message: `${where === "" ? "" : `${where}: `}${first?.message ?? "The Compose file cannot be used."}`,
      hint: "Correct the file and try again; nothing was changed.",
    },
    { problems },
  );
}

/** What Compose said when it failed at its work, for people. */
export function composeFailed(doing: string, lines: readonly string[]): BerthError {
  const said = lines.map((line) => line.trimEnd()).filter((line) => line.trim() !== "");
  const solve = findLast(said, /failed to solve: (.+)$/);
  if (solve !== null) return buildFailed(doing, solve, said);
  const daemon = findLast(said, /Error response from daemon: (.+)$/);
  if (daemon !== null) {
    const cause = Object.assign(new Error(daemon), { statusCode: 500, json: { message: daemon } });
    const translated = translateDockerError(cause);
    if (translated !== null) {
      const { code, message, hint } = translated;
      return new BerthError({
        code,
        message: `${doing} failed. ${message}`,
        hint,
        cause: new Error(said.join("\n")),
      });
    }
  }
  const last = said.at(-1) ?? "Compose gave no reason.";
  if (/cannot connect to the docker daemon|error during connect|EOF$|connection refused/i.test(last)) {
    return failure(
      "docker_connection_lost",
      `${doing} failed: Docker stopped answering.`,
      "Try again in a moment.",
      said,
    );
  }
  if (/no space left on device/i.test(said.join("\n"))) {
    const hint = "Remove images or volumes that you no longer need, or grow the VM's disk; then try again.";
    return failure("disk_full", `${doing} failed: the VM's disk is full.`, hint, said);
  }
  const unhealthy = /dependency failed to start: (.+)/.exec(last);
  if (unhealthy) {
    const hint = "Its log tells why. The services that wait for it were not started.";
    return failure("dependency_failed", `${doing} failed: ${unhealthy[1] ?? ""}.`, hint, said);
  }
  return failure(
    "compose_failed",
    `${doing} failed: ${readable(last)}`,
    "Correct the cause and try again.",
    said,
  );
}

function buildFailed(doing: string, reason: string, said: readonly string[]): BerthError {
  const steps = said.filter((line) => /^#\d+ [\d.]+ /.test(line)).slice(-6);
  const output = steps.map((line) => line.replace(/^#\d+ [\d.]+ /, "")).join(" | ");
  if (/no space left on device/i.test(said.join("\n"))) {
    const hint = "Remove images or volumes that you no longer need, or grow the VM's disk; then try again.";
    return failure("disk_full", `${doing} failed: the VM's disk is full.`, hint, said);
  }
  const code = /not found|pull access denied|no such host|failed to resolve/i.test(reason)
    ? "image_not_found"
    : "build_failed";
  return failure(
    code,
    `${doing} failed: ${readable(reason)}`,
    output === "" ? "Correct the Dockerfile and try again." : `The step's last output: ${output}`,
    said,
  );
}

function failure(code: string, message: string, hint: string, said: readonly string[]): BerthError {
  return new BerthError({ code, message, hint, cause: new Error(said.slice(-20).join("\n")) });
}

function findLast(lines: readonly string[], pattern: RegExp): string | null {
  for (const line of [...lines].reverse()) {
    const found = pattern.exec(line)?.[1];
    if (found !== undefined) return found;
  }
  return null;
}
