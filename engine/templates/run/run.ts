import { readFile } from "node:fs/promises";
import path from "node:path";
import type Docker from "dockerode";
import type { ContainerSummary, TemplateInstance } from "../../contract/index.ts";
import type { ComposeProjects, Work } from "../../compose/index.ts";
import { DetailedError } from "../../errors.ts";
import type { LiveList } from "../../live/live-list.ts";
import type { SecretStore } from "../../secrets/index.ts";
import { BerthError } from "../../vm.ts";
import { interpolate } from "../format/interpolation.ts";
import { readTemplateText } from "../format/read-file.ts";
import { readMetadata } from "../format/validate.ts";
import { onlyDocument, parseYaml, plainData } from "../format/yaml-file.ts";
import { listFiles, type LoadedTemplate } from "../library/load-folder.ts";
import { fullId } from "../library/summary.ts";
import { dataOf } from "../project/data.ts";
import { AppSecrets } from "./app-secrets.ts";
import { resolveValues, type RunValues } from "./values.ts";
import { untilHealthy } from "./until-healthy.ts";

export interface RunHost {
  projects: ComposeProjects;
  containers: LiveList<ContainerSummary>;
  docker: Docker;
  secrets: SecretStore;
  ports: { check(hostPort: number): Promise<{ free: boolean; nextFree: number }> };
  ensureRunning(): Promise<void>;
}

export interface RunRequest {
  name?: string | undefined;
  values: Readonly<Record<string, string>>;
  /** What becomes of an app that did not come up. */
  onFailure: "keep" | "remove";
  timeoutMs: number;
}

/** Bytes of a template's files that go into the guest. */
const MAX_BYTES = 50 * 1024 * 1024;
const LOG_LINES = 40;

/** A run that was checked and may begin. */
export interface PreparedRun {
  name: string;
  start: (work: Work) => Promise<void>;
}

/** Runs templates as apps of their own, several of one side by side. */
export class TemplateRuns {
  readonly #host: RunHost;
  readonly #secrets: AppSecrets;
  /** Names that were promised to runs which have not begun. */
  readonly #promised = new Set<string>();

  constructor(host: RunHost) {
    this.#host = host;
    this.#secrets = new AppSecrets(host.secrets);
  }

  /** Checks everything that can be checked before the VM is touched. */
  prepare(template: LoadedTemplate, request: RunRequest, own: ReadonlyMap<string, string>): PreparedRun {
    const { metadata } = template;
    if (metadata.incomplete !== undefined) {
      throw new BerthError({
        code: "template_incomplete",
        message: `"${metadata.title}" cannot run yet: ${metadata.incomplete}`,
        hint: "Import it again when what is missing can be reached.",
      });
    }
    const values = resolveValues(metadata, request.values, own);
    const name = this.#name(request.name, metadata.id);
    this.#promised.add(name);
    return {
      name,
      start: async (work) => {
        try {
          await this.#start(template, name, values, request, work);
        } finally {
          this.#promised.delete(name);
        }
      },
    };
  }

  /** An app that was made of a template: how it is opened, and what its values are. */
  async instance(name: string): Promise<TemplateInstance> {
    const record = this.#host.projects.records.get(name);
    if (record === undefined || record.template === null) {
      throw new BerthError({
        code: "not_of_a_template",
        message: `The app "${name}" was not made of a template.`,
        hint: "List the apps: berth app list.",
      });
    }
    const text = await readTemplateText(path.join(record.folder, "compose.yaml"), { name: "compose.yaml" });
    const document = onlyDocument(parseYaml(text, "compose.yaml"));
    const { metadata } = readMetadata(dataOf(document === null ? null : plainData(document)));
    const containers = (this.#host.containers.all() ?? []).filter((container) => container.project === name);
    const open = (metadata?.open ?? []).flatMap((link) => {
      const port = containers
        .filter((container) => container.service === link.service)
        .flatMap((container) => container.ports)
        .find((one) => one.containerPort === link.port && one.protocol === "tcp" && one.hostPort !== null);
      if (port === undefined) return [];
      const scheme = link.scheme ?? (link.port === 443 || link.port === 8443 ? "https" : "http");
      return [
        {
          title: link.title ?? link.service,
          url: `${scheme}://localhost:${port.hostPort ?? 0}${link.path ?? "/"}`,
        },
      ];
    });
    return {
      name,
      template: record.template,
      open,
      notes:
        metadata?.notes === undefined ? null : interpolate(metadata.notes, (key) => record.variables[key]),
      variables: record.variables,
      secrets: record.secrets,
    };
  }

  /** The value of one of an app's secrets, from the keychain. */
  secret(name: string, variable: string): Promise<string> {
    return this.#secrets.get(name, variable);
  }

  async #start(
    template: LoadedTemplate,
    name: string,
    values: RunValues,
    request: RunRequest,
    work: Work,
  ): Promise<void> {
    const { projects } = this.#host;
    await this.#host.ensureRunning();
    const variables = { ...values.variables, ...(await this.#choosePorts(values)) };
    await this.#secrets.keep(name, values.secrets);
    const { metadata } = template;
    const source = { files: await filesOf(template) };
    const known = { id: fullId(template), version: metadata.version ?? null, title: metadata.title };
    try {
      await projects.up({ source, name, variables, secrets: values.secrets, template: known }, work);
      await this.#demandHealthy(name, request, work);
    } catch (error) {
      if (request.onFailure === "remove" && projects.records.get(name) !== undefined) {
        // The failure is what counts; what cannot be removed is shown as an app.
        const quiet = { report: () => undefined, signal: new AbortController().signal };
        await projects.down(name, { volumes: true, forget: true }, quiet).catch(() => undefined);
        await this.#secrets.forget(name);
      }
      throw error;
    }
  }

  async #demandHealthy(name: string, request: RunRequest, work: Work): Promise<void> {
    const failed = await untilHealthy(this.#host.containers, name, {
      timeoutMs: request.timeoutMs,
      signal: work.signal,
      report: ({ ready, total, waitingFor }) => {
        const detail = waitingFor.length === 0 ? "Ready" : `Waiting for ${waitingFor.join(", ")}`;
        work.report({ detail, progress: total === 0 ? null : ready / total });
      },
    });
    if (failed === null) return;
    const log = await this.#lastLines(failed.container.id);
    throw new DetailedError(
      {
        code: "service_failed",
        message: `The service "${failed.service}" of ${name} did not come up: ${failed.reason}.${log === "" ? "" : ` It said last: ${log.slice(-600)}`}`,
        hint:
          request.onFailure === "remove"
            ? "The app was removed again. Change its values and run it anew."
            : `Look at its log: berth app logs ${name}`,
      },
      { service: failed.service, log },
    );
  }

  /** The last lines of a container's log, as plain text. */
  async #lastLines(id: string): Promise<string> {
    try {
      const answer: unknown = await this.#host.docker
        .getContainer(id)
        .logs({ stdout: true, stderr: true, tail: LOG_LINES, follow: false });
      return Buffer.isBuffer(answer) ? plainLog(answer) : "";
    } catch {
      return "";
    }
  }

  /** Ports that are free on this computer; one that was asked for stays what it is. */
  async #choosePorts(values: RunValues): Promise<Record<string, string>> {
    const chosen = new Map<string, number>();
    for (const [name, { port, fixed, protocol }] of values.ports) {
      let candidate = port;
      for (;;) {
        const taken = [...chosen.values()].includes(candidate);
        const { free, nextFree } = await this.#host.ports.check(candidate);
        if (fixed || protocol === "udp" || (free && !taken)) break;
        candidate = taken && free ? candidate + 1 : nextFree;
      }
      chosen.set(name, candidate);
    }
    return Object.fromEntries([...chosen].map(([name, port]) => [name, String(port)]));
  }

  #name(wanted: string | undefined, id: string): string {
    const taken = (name: string) =>
      this.#promised.has(name) ||
      this.#host.projects.records.get(name) !== undefined ||
      (this.#host.containers.all() ?? []).some((container) => container.project === name);
    const base = wanted ?? id.replaceAll(".", "-");
    if (wanted !== undefined) {
      if (!taken(wanted)) return wanted;
      throw new BerthError({
        code: "app_exists",
        message: `There is an app "${wanted}" already.`,
        hint: "Choose another name, or leave it out for a free one.",
      });
    }
    let name = base;
    for (let count = 2; taken(name); count += 1) name = `${base}-${count}`;
    return name;
  }
}

/** What of a template goes beside the project: all of its files but those with values. */
async function filesOf(template: LoadedTemplate): Promise<Map<string, string | Uint8Array>> {
  const files = new Map<string, string | Uint8Array>();
  let bytes = 0;
  for (const file of await listFiles(template.dir)) {
    if (/(?:^|\/)\.env$/.test(file) || file === template.main) continue;
    const content = await readFile(path.join(template.dir, file));
    bytes += content.length;
    if (bytes > MAX_BYTES) {
      throw new BerthError({
        code: "template_too_large",
        message: `The files of "${template.metadata.title}" take more than ${MAX_BYTES / 1024 / 1024} MiB.`,
        hint: "Move data out of the template.",
      });
    }
    files.set(file, content);
  }
  return files.set("compose.yaml", template.text);
}

/** Docker's multiplexed log stream (API reference, "Attach to a container") as text. */
function plainLog(bytes: Buffer): string {
  const isMultiplexed =
    bytes.length >= 8 && (bytes[0] ?? 9) <= 2 && bytes[1] === 0 && bytes[2] === 0 && bytes[3] === 0;
  if (!isMultiplexed) return bytes.toString("utf8").trim();
  const parts: Buffer[] = [];
  for (let at = 0; at + 8 <= bytes.length;) {
    const size = bytes.readUInt32BE(at + 4);
    parts.push(bytes.subarray(at + 8, at + 8 + size));
    at += 8 + size;
  }
  return Buffer.concat(parts).toString("utf8").trim();
}
