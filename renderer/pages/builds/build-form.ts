import type { BuildSpecInput } from "../../../engine/contract/index.ts";

export type SourceKind = "folder" | "git" | "dockerfile";

/** What the form holds, as it is typed. */
export interface BuildForm {
  kind: SourceKind;
  folder: string;
  url: string;
  content: string;
  dockerfile: string;
  tag: string;
  target: string;
  platform: string;
  noCache: boolean;
  pull: boolean;
  arguments: { name: string; value: string }[];
  secrets: { id: string; value: string }[];
}

export function emptyBuildForm(): BuildForm {
  return {
    kind: "folder",
    folder: "",
    url: "",
    content: "",
    dockerfile: "",
    tag: "",
    target: "",
    platform: "",
    noCache: false,
    pull: false,
    arguments: [],
    secrets: [],
  };
}

/** Whether there is something to build. */
export function isComplete(form: BuildForm): boolean {
  const source = { folder: form.folder, git: form.url, dockerfile: form.content }[form.kind];
  return source.trim() !== "";
}

/** The build that the form asks for. Rows that were left empty do not count. */
export function buildSpecOf(form: BuildForm): BuildSpecInput {
  const dockerfile = form.dockerfile.trim() === "" ? {} : { dockerfile: form.dockerfile.trim() };
  const sources = {
    folder: { kind: "folder" as const, path: form.folder.trim(), ...dockerfile },
    git: { kind: "git" as const, url: form.url.trim(), ...dockerfile },
    dockerfile: { kind: "dockerfile" as const, content: form.content },
  };
  return {
    source: sources[form.kind],
    tags: form.tag.split(/[\s,]+/).filter((tag) => tag !== ""),
    arguments: form.arguments.filter(({ name }) => name.trim() !== ""),
    ...(form.target.trim() === "" ? {} : { target: form.target.trim() }),
    ...(form.platform === "" ? {} : { platform: form.platform }),
    secrets: form.secrets
      .filter(({ id }) => id.trim() !== "")
      .map(({ id, value }) => ({ id: id.trim(), from: { kind: "value" as const, value } })),
    noCache: form.noCache,
    pull: form.pull,
  };
}
