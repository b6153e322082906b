import path from "node:path";
import type Docker from "dockerode";
import type { ContainerSummary, ExportedSecret, TemplateMetadata } from "../../contract/index.ts";
import { GuestLayout, type ProjectRecord } from "../../compose/index.ts";
import { BerthError } from "../../vm.ts";
import { escapeDollars, unescapeDollars } from "../format/interpolation.ts";
import { readMetadata } from "../format/validate.ts";
import { onlyDocument, parseYaml, plainData } from "../format/yaml-file.ts";
import { copyReferences, siblingText } from "../import/compose/companions.ts";
import { idFrom, type TemplateDraft, yamlText } from "../import/draft.ts";
import { applyLinks, type Link, type LinkTarget } from "../import/links.ts";
import { ServiceNames, ServiceParts, withoutEmpty } from "../import/service-parts.ts";
import { ImportVariables } from "../import/variables.ts";
import { type Data, dataOf, isData, textOf, textsOf } from "../project/data.ts";
import { type ContainerReader, type ExportedContainer, readContainer } from "./read-containers.ts";
import { ExportedParts } from "./parts.ts";

export interface ExportHost {
  docker: Docker;
  reader: ContainerReader;
  records: { get(name: string): ProjectRecord | undefined };
}

export interface ExportedDraft {
  draft: TemplateDraft;
  /** What was taken out, for a person to look at. */
  secrets: ExportedSecret[];
}

/** Makes a template of containers: of an app, or of any that are chosen. */
export async function exportContainers(
  containers: readonly ContainerSummary[],
  options: { app: string | null; title?: string | undefined },
  host: ExportHost,
): Promise<ExportedDraft> {
  if (containers.length === 0) {
    throw new BerthError({
      code: "nothing_to_export",
      message: "There is no container to make a template of.",
      hint: "Start the app, or choose containers.",
    });
  }
  const read = await Promise.all(containers.map((one) => readContainer(one, host.reader, host.docker)));
  return new Export(read, options, host).draft();
}

class Export {
  readonly #read: ExportedContainer[];
  readonly #app: string | null;
  readonly #record: ProjectRecord | undefined;
  readonly #title: string | undefined;
  readonly #parts = new ServiceParts(new ImportVariables());
  readonly #project: ExportedParts;
  readonly #keys = new Map<ExportedContainer, string>();
  readonly #secrets: ExportedSecret[] = [];

  constructor(
    read: ExportedContainer[],
    options: { app: string | null; title?: string | undefined },
    host: ExportHost,
  ) {
    this.#app = options.app;
    this.#title = options.title;
    this.#record = options.app === null ? undefined : host.records.get(options.app);
    this.#read = read;
    this.#project = new ExportedParts(
      options.app,
      this.#record?.folder ?? null,
      new GuestLayout(options.app ?? ""),
      this.#parts,
    );
    const names = new ServiceNames();
    const seen = new Set<string>();
    for (const one of read) {
      const service = options.app === null ? null : one.summary.service;
      // Further containers of a service are its replicas.
      if (service !== null && seen.has(service)) continue;
      if (service !== null) seen.add(service);
      this.#keys.set(one, names.name(service ?? one.summary.name));
    }
  }

  async draft(): Promise<ExportedDraft> {
    const services = new Map([...this.#keys].map(([one, key]) => [key, this.#service(one, key)]));
    this.#link(services);
    const files = await this.#files();
    const compose = withoutEmpty({
      services: Object.fromEntries(services),
      networks: this.#project.networks,
      volumes: this.#project.volumes,
    });
    return {
      draft: {
        metadata: await this.#metadata(),
        compose: yamlText(compose),
        files,
        services: services.size,
        warnings: this.#parts.warnings,
        values: this.#parts.variables.values,
      },
      secrets: this.#secrets,
    };
  }

  #service(one: ExportedContainer, key: string): Data {
    const { configuration } = one.editable;
    if (!one.published) {
      this.#parts.warn(
        key,
        "image",
        `The image ${one.image} is on this computer alone; push it to a registry for others.`,
      );
    }
    const replicas = this.#read.filter((other) => other.summary.service === one.summary.service).length;
    const { networks, network_mode } = this.#project.networking(one, key, (name) => this.#keyOf(name));
    return withoutEmpty({
      ...one.service,
      container_name: null,
      image: escapeDollars(one.image),
      command: this.#arguments(one.service["command"], key),
      entrypoint: this.#arguments(one.service["entrypoint"], key),
      environment: this.#environment(configuration.environment, key),
      ports: configuration.ports.flatMap((port) =>
        this.#parts.ports(
          {
            hostIp:
              port.hostIp === "" || port.hostIp === "0.0.0.0" || port.hostIp === "::" ? null : port.hostIp,
            published: port.hostPort === null ? null : String(port.hostPort),
            target: String(port.containerPort),
            protocol: port.protocol,
          },
          key,
          configuration.ports.length === 1,
        ),
      ),
      volumes: this.#project.mounts(one, key),
      volumes_from: textsOf(one.service["volumes_from"]).flatMap((from) => {
        const [, name = "", mode] = from.split(":");
        const target = this.#keyOf(name);
        if (target === null) this.#parts.warn(key, "volumes_from", `"${name}" is not among the containers.`);
        return target === null ? [] : mode === undefined ? target : `${target}:${mode}`;
      }),
      networks,
      network_mode,
      external_links: null,
      labels: this.#labels(one, key),
      depends_on: this.#dependsOn(one),
      deploy: this.#app !== null && replicas > 1 ? { replicas } : null,
    });
  }

  #environment(entries: readonly { name: string; value: string }[], service: string): Data {
    return Object.fromEntries(
      entries.map(({ name, value }) => {
        const written = this.#parts.value(name, value, service);
        if (written !== escapeDollars(value)) this.#note(service, `environment ${name}`, written);
        return [name, written];
      }),
    );
  }

  #arguments(words: unknown, service: string): string[] | null {
    if (!Array.isArray(words)) return null;
    const plain = textsOf(words).map(unescapeDollars);
    const written = this.#parts.arguments(plain, service);
    written.forEach((word, index) => {
      if (word !== escapeDollars(plain[index] ?? "")) this.#note(service, "command", word);
    });
    return written;
  }

  #note(service: string, field: string, written: string): void {
    for (const [, variable = ""] of written.matchAll(/\$\{([A-Za-z_]\w*)\}/g)) {
      if (this.#parts.variables.declared.get(variable)?.type === "secret")
        this.#secrets.push({ variable, service, field });
    }
  }

  #labels({ service }: ExportedContainer, key: string): Data {
    return Object.fromEntries(
      Object.entries(dataOf(service["labels"]))
        .filter(([label]) => !/^(?:com\.docker\.|dev\.berth\.|desktop\.docker\.)/.test(label))
        .map(([label, value]) => [
          label,
          this.#parts.value(label, unescapeDollars(textOf(value) ?? ""), key),
        ]),
    );
  }

  #dependsOn(one: ExportedContainer): Data | null {
    const known = Object.entries(one.dependsOn).filter(([service]) =>
      [...this.#keys.values()].includes(service),
    );
    return known.length === 0 ? null : Object.fromEntries(known);
  }

  #link(services: Map<string, Data>): void {
    const links: Link[] = [];
    const targets = new Map<string, LinkTarget>();
    for (const [one, key] of this.#keys) {
      targets.set(key, {
        ports: [...one.editable.configuration.expose, ...(one.editable.image?.exposed ?? [])].map((port) => ({
          port: port.containerPort,
          protocol: port.protocol,
        })),
        environment: new Map(
          Object.entries(dataOf(services.get(key)?.["environment"])).map(([name, value]) => [
            name,
            String(value),
          ]),
        ),
      });
      for (const { container, alias } of one.editable.configuration.links) {
        const target = this.#keyOf(container);
        if (target === null) this.#parts.warn(key, "links", `"${container}" is not among the containers.`);
        else links.push({ service: key, target, alias });
      }
    }
    for (const { service, target } of links) {
      // Docker's default network knows no names; one of the project's own does.
      for (const end of [services.get(service), services.get(target)]) {
        if (end?.["network_mode"] === "bridge") delete end["network_mode"];
      }
    }
    applyLinks(services, links, targets, this.#parts);
  }

  /** The service of a container, by its name, its id or its service's name. */
  #keyOf(name: string): string | null {
    for (const [one, key] of this.#keys) {
      const { summary } = one;
      if (summary.name === name || summary.id === name || (name.length >= 12 && summary.id.startsWith(name)))
        return key;
    }
    return null;
  }

  async #files(): Promise<Map<string, string | Uint8Array>> {
    const folder = this.#record?.folder;
    if (folder === undefined) return new Map();
    const { files, missing } = await copyReferences(folder, this.#project.references);
    for (const { reference, reason } of missing) {
      this.#parts.warn(
        reference.service,
        reference.field,
        `"${reference.path}" was not copied into the template: ${reason}.`,
      );
    }
    const readme = await siblingText(folder, "README.md");
    return new Map<string, string | Uint8Array>([
      ...files,
      ...(readme === null ? [] : [["README.md", readme] as const]),
    ]);
  }

  async #metadata(): Promise<TemplateMetadata> {
    const before = await this.#metadataBefore();
    const title =
      this.#title ??
      before?.title ??
      this.#record?.template?.title ??
      this.#app ??
      this.#read[0]?.summary.name ??
      "app";
    const { variables } = this.#parts;
    const services = new Set(this.#keys.values());
    const open = before?.open?.filter((link) => services.has(link.service)) ?? [];
    return {
      format: 1,
      id: idFrom(this.#title ?? this.#app ?? title),
      version: "1.0.0",
      title: title.slice(0, 200),
      ...(before?.tagline === undefined ? {} : { tagline: before.tagline }),
      ...(before?.categories === undefined ? {} : { categories: before.categories }),
      ...(before?.keywords === undefined ? {} : { keywords: before.keywords }),
      ...(before?.homepage === undefined ? {} : { homepage: before.homepage }),
      ...(before?.requires === undefined ? {} : { requires: before.requires }),
      ...(before?.notes === undefined ? {} : { notes: before.notes }),
      ...(variables.declared.size === 0 ? {} : { variables: variables.record() }),
      ...(open.length === 0 ? {} : { open }),
      source: { format: "app", ...(this.#app === null ? {} : { name: this.#app }) },
    };
  }

  /** What the app's own file says of itself, where it was made of a template. */
  async #metadataBefore(): Promise<TemplateMetadata | null> {
    const folder = this.#record?.folder;
    if (folder === undefined || this.#record?.template === null) return null;
    const text = await siblingText(folder, "compose.yaml");
    if (text === null) return null;
    try {
      const document = onlyDocument(parseYaml(text, path.join(folder, "compose.yaml")));
      const data = document === null ? null : plainData(document);
      return isData(data) ? readMetadata(data).metadata : null;
    } catch (error) {
      if (error instanceof BerthError) return null;
      throw error;
    }
  }
}
