import path from "node:path";
import type { ContainerSummary } from "../contract/index.ts";
import type { LiveList } from "../live/live-list.ts";
import { BerthError } from "../vm.ts";
import { ComposeDocument } from "./compose-document.ts";
import { readDefinition } from "./definition.ts";
import { GuestLayout } from "./layout.ts";
import type { Draft } from "./preparation.ts";
import { findProject } from "./project-folder.ts";
import { checkedProjectName, projectNameFrom } from "./project-name.ts";
import type { UpRequest } from "./projects.ts";
import type { NewRecord, ProjectRecord, ProjectRecords } from "./record.ts";

type Request = Pick<UpRequest, "source" | "name" | "variables" | "secrets" | "template">;

/** Finds out what a request is about, without changing anything. */
export class Drafts {
  readonly #records: ProjectRecords;
  readonly #containers: LiveList<ContainerSummary>;

  constructor(records: ProjectRecords, containers: LiveList<ContainerSummary>) {
    this.#records = records;
    this.#containers = containers;
  }

  /** A project by its folder, its files or its name. Throws when another one has the name already. */
  async of(request: Request): Promise<Draft> {
    const { source } = request;
    if (source === undefined) return this.#knownDraft(request);
    if ("files" in source) {
      const name = checkedProjectName(request.name ?? "");
      const folder = this.#records.filesFolder(name);
      this.#demandOwn(name, folder, "files");
      return draft({ name, kind: "files", folder }, this.#records.get(name), request);
    }
    const found = await findProject(source.folder);
    const name =
      request.name === undefined ? await nameOf(found.folder, found) : checkedProjectName(request.name);
    this.#demandOwn(name, found.folder, found.kind);
    return draft({ name, kind: found.kind, folder: found.folder }, this.#records.get(name), request);
  }

  async #knownDraft(request: Request): Promise<Draft> {
    const name = checkedProjectName(request.name ?? "");
    const record = this.#records.get(name);
    if (record) return draft(record, record, request);
    const container = (this.#containers.all() ?? []).find((one) => one.project === name);
    const folder = container?.labels["com.docker.compose.project.working_dir"];
    if (folder !== undefined && path.isAbsolute(folder)) {
      const found = await findProject(folder).catch(() => null);
      if (found !== null) return draft({ ...found, name }, undefined, request);
    }
    throw new BerthError({
      code: "app_not_known",
      message: container
        ? `"${name}" was started by another program, and its folder is not known on this computer.`
        : `There is no app "${name}".`,
      hint: container
        ? "Add its folder under this name; until then it can be started, stopped and taken down."
        : "See which there are: berth app list",
    });
  }

  /** A name that another folder's project has would have its containers taken over. */
  #demandOwn(name: string, folder: string, kind: ProjectRecord["kind"]): void {
    const record = this.#records.get(name);
    const container = (this.#containers.all() ?? []).find((one) => one.project === name);
    const elsewhere = container?.labels["com.docker.compose.project.working_dir"];
    const other =
      record === undefined
        ? elsewhere !== undefined &&
          elsewhere !== folder &&
          elsewhere !== new GuestLayout(name).inGuest(folder)
          ? elsewhere
          : null
        : record.folder === folder
          ? null
          : record.folder;
    if (other === null) return;
    throw new BerthError({
      code: "app_name_taken",
      message: `There is another app named "${name}"${kind === "files" ? "" : `, from ${other}`}.`,
      hint: "Choose another name, or remove that app first.",
    });
  }
}

async function nameOf(
  folder: string,
  found: { kind: "folder" | "dockerfile"; files: string[] },
): Promise<string> {
  const [file] = found.files;
  if (found.kind === "folder" && file !== undefined) {
    const { texts } = await readDefinition(folder, [file]);
    const { value } = new ComposeDocument(file, texts.get(file) ?? "");
    if (typeof value === "object" && value !== null && "name" in value && typeof value.name === "string") {
      // One with variables is Compose's to resolve; the folder's name serves as well.
      if (!value.name.includes("$")) return checkedProjectName(value.name);
    }
  }
  const name = projectNameFrom(path.basename(folder));
  if (name !== null) return name;
  throw new BerthError({
    code: "invalid_project_name",
    message: `No app can be named after the folder ${folder}.`,
    hint: "Give a name yourself.",
  });
}

function draft(
  found: Pick<ProjectRecord, "name" | "kind" | "folder">,
  record: ProjectRecord | undefined,
  request: Request,
): Draft {
  const kept: Omit<NewRecord, "version" | "name" | "kind" | "folder"> = record ?? {};
  return {
    name: found.name,
    kind: found.kind,
    folder: found.folder,
    template: request.template ?? kept.template ?? null,
    variables: { ...(request.variables ?? kept.variables ?? {}) },
    secrets: request.secrets === undefined ? (kept.secrets ?? []) : Object.keys(request.secrets),
    services: kept.services ?? [],
    scale: kept.scale ?? {},
    ports: kept.ports ?? [],
    builds: kept.builds ?? {},
    pending: kept.pending ?? null,
  };
}
