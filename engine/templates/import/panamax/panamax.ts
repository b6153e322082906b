import type { OpenLink, TemplateMetadata } from "../../../contract/index.ts";
import { escapeDollars } from "../../format/interpolation.ts";
import { fileProblem } from "../../format/problems.ts";
import { onlyDocument } from "../../format/yaml-file.ts";
import { type Data, dataOf } from "../../project/data.ts";
import { idFrom, oneLine, shortTexts, type TemplateDraft, yamlText } from "../draft.ts";
import { applyLinks, type Link, type LinkTarget, portsOfKnownImage } from "../links.ts";
import { ServiceNames, ServiceParts, withoutEmpty } from "../service-parts.ts";
import { parseTolerantYaml } from "../tolerant-yaml.ts";
import { ImportVariables } from "../variables.ts";
import { argumentsOf } from "../words.ts";
import { type Pmx, type PmxImage, readPmx, sourceData } from "./read-pmx.ts";

/** Makes a template of a Panamax template (`.pmx`). */
export function importPanamax(text: string, name: string): TemplateDraft {
  const { file, repairs } = parseTolerantYaml(text, name);
  const document = onlyDocument(file);
  const pmx = readPmx(dataOf(document === null ? null : sourceData(document)));
  if (pmx.images.length === 0) {
    throw fileProblem(name, {
      code: "no_images",
      message: "The Panamax template lists no images.",
      fix: "Add at least one entry with name and source under images.",
    });
  }
  const missing = pmx.images.findIndex((image) => image.source === "");
  if (missing !== -1) {
    throw fileProblem(name, {
      code: "no_source",
      message: `The image "${pmx.images[missing]?.name ?? ""}" (number ${missing + 1}) has no source.`,
      fix: "Add source: with the image's name and tag.",
    });
  }
  const draft = new PanamaxImport(pmx).draft();
  draft.warnings.unshift(...repairs.map((message) => ({ service: null, field: "file", message })));
  return draft;
}

class PanamaxImport {
  readonly #pmx: Pmx;
  readonly #parts = new ServiceParts(new ImportVariables());
  readonly #keys = new Map<PmxImage, string>();
  readonly #byName = new Map<string, string>();
  readonly #services = new Map<string, Data>();
  readonly #volumes: Data = {};

  constructor(pmx: Pmx) {
    this.#pmx = pmx;
    const names = new ServiceNames();
    for (const image of pmx.images) {
      const key = names.name(image.name || image.source.replace(/^.*\//, "").replace(/:.*$/, ""));
      this.#keys.set(image, key);
      if (this.#byName.has(image.name)) {
        this.#parts.warn(
          key,
          "name",
          `The name "${image.name}" comes twice; this service is called "${key}".`,
        );
      } else this.#byName.set(image.name, key);
    }
  }

  draft(): TemplateDraft {
    for (const [image, key] of this.#keys) this.#services.set(key, this.#service(image, key));
    this.#link();
    const { warnings, variables } = this.#parts;
    for (const key of Object.keys(this.#pmx.unknown)) {
      this.#parts.warn(null, key, `Panamax has no field "${key}"; it was left out.`);
    }
    const compose = withoutEmpty({
      services: Object.fromEntries([...this.#services].map(([key, service]) => [key, withoutEmpty(service)])),
      volumes: this.#volumes,
    });
    const files = new Map<string, string>();
    const documentation = this.#parts.documentation(this.#pmx.documentation);
    if (documentation.trim() !== "") files.set("README.md", documentation.replace(/\n*$/, "\n"));
    return {
      metadata: this.#metadata(),
      compose: yamlText(compose),
      files,
      services: this.#services.size,
      warnings,
      values: variables.values,
    };
  }

  #service(image: PmxImage, key: string): Data {
    const parts = this.#parts;
    for (const unknown of Object.keys(image.unknown)) {
      parts.warn(key, unknown, `Panamax has no field "${unknown}"; it was left out.`);
    }
    if (image.count !== null && image.count > 1 && image.ports.some((port) => port.hostPort !== "")) {
      parts.warn(
        key,
        "deployment",
        `${image.count} containers cannot share one port of the host; give it a range or none.`,
      );
    }
    return {
      image: escapeDollars(image.source),
      "x-berth": withoutEmpty({
        name: image.name === key ? null : escapeDollars(image.name),
        description: escapeDollars(image.description),
        tier: escapeDollars(image.category),
        type: image.type === "Default" ? null : escapeDollars(image.type),
      }),
      command: this.#command(image, key),
      environment: this.#environment(image, key),
      expose: [...new Set(image.expose.map((port) => port.trim()).filter((port) => port !== ""))],
      ports: image.ports.flatMap((port) =>
        parts.ports(
          {
            hostIp: port.hostInterface === "" ? null : port.hostInterface,
            published: port.hostPort === "" ? null : port.hostPort,
            target: port.containerPort,
            protocol: port.protocol,
          },
          key,
          image.ports.length === 1,
        ),
      ),
      volumes: image.volumes.map((volume) => this.#volume(volume, key)),
      volumes_from: this.#volumesFrom(image, key),
      deploy: image.count === null ? null : { replicas: image.count },
      // Panamax restarted what ended, by systemd's Restart=always.
      restart: "always",
    };
  }

  #command(image: PmxImage, key: string): string[] | null {
    if (image.command === null || image.command === "") return null;
    if (Array.isArray(image.command)) return this.#parts.arguments(image.command, key);
    const { arguments: words, needsShell } = argumentsOf(image.command);
    if (needsShell && !/(?:^|\/)[a-z]*sh$/.test(words[0] ?? "")) {
      this.#parts.warn(
        key,
        "command",
        "The command looks as if a shell should read it, but Panamax gave it to none.",
      );
    }
    const meantForDocker = words.filter((word) =>
      /^--(?:privileged|net|volumes-from|cap-add|link|name|pid)\b/.test(word),
    );
    if (meantForDocker.length > 0) {
      this.#parts.warn(
        key,
        "command",
        `${meantForDocker.join(" ")} looks meant for docker run, but Panamax gave it to the image; so does this template.`,
      );
    }
    return this.#parts.arguments(words, key);
  }

  #environment(image: PmxImage, key: string): Data {
    const result: Data = {};
    for (const { name, value, required } of image.environment) {
      if (name in result)
        this.#parts.warn(key, "environment", `${name} is set twice; the last value counts.`);
      if ((value === null || value === "") && required) {
        const variable = this.#parts.variables.add(name, key, { type: "text", required: true });
        result[name] = `\${${variable}}`;
      } else result[name] = value === null ? "" : this.#parts.value(name, value, key);
    }
    return result;
  }

  #volume({ hostPath, containerPath }: PmxImage["volumes"][number], key: string): string {
    const target = escapeDollars(containerPath.trim());
    const source = hostPath.trim();
    if (source === "") {
      // Without a name the data would be gone with its container.
      const name = `${key}-${idFrom(containerPath)}`;
      this.#volumes[name] = {};
      return `${name}:${target}`;
    }
    if (/^[\w][\w.-]*$/.test(source)) {
      this.#volumes[source] = {};
      return `${source}:${target}`;
    }
    if (!source.startsWith("/")) {
      this.#parts.warn(
        key,
        "volumes",
        `"${source}" is relative, which Panamax refused; it is read from the template's folder.`,
      );
    }
    return `${escapeDollars(source.startsWith("/") || source.startsWith(".") ? source : `./${source}`)}:${target}`;
  }

  #volumesFrom(image: PmxImage, key: string): string[] {
    return image.volumesFrom.flatMap((from) => {
      const target = this.#find(from);
      if (target !== null && target !== key) return target;
      this.#parts.warn(key, "volumes_from", `There is no other service "${from}" to take volumes from.`);
      return [];
    });
  }

  #link(): void {
    const links: Link[] = [];
    const targets = new Map<string, LinkTarget>();
    for (const [image, key] of this.#keys) {
      targets.set(key, this.#target(image, key));
      for (const link of image.links) {
        const target = this.#find(link.service);
        if (target === null) {
          this.#parts.warn(
            key,
            "links",
            `The link "${link.alias}" leads to "${link.service}", which is not in the file.`,
          );
        } else links.push({ service: key, target, alias: link.alias || target });
      }
    }
    applyLinks(this.#services, links, targets, this.#parts);
  }

  #target(image: PmxImage, key: string): LinkTarget {
    const ports = new Map<string, { port: number; protocol: string }>();
    const add = (text: string, protocol: string) => {
      const port = Number(text);
      if (Number.isInteger(port) && port > 0) ports.set(`${port}/${protocol}`, { port, protocol });
    };
    for (const port of image.expose) add(port.split("/")[0] ?? "", port.split("/")[1] ?? "tcp");
    for (const port of image.ports) add(port.containerPort, port.protocol);
    const environment = dataOf(this.#services.get(key)?.["environment"]);
    return {
      ports: ports.size > 0 ? [...ports.values()] : portsOfKnownImage(image.source),
      environment: new Map(Object.entries(environment).map(([name, value]) => [name, String(value)])),
    };
  }

  /** The service that a name means; Panamax compared them as they are written. */
  #find(name: string): string | null {
    const exact = this.#byName.get(name);
    if (exact !== undefined) return exact;
    const lower = name.trim().toLowerCase();
    const near = [...this.#byName].find(([known]) => known.trim().toLowerCase() === lower);
    return near?.[1] ?? null;
  }

  #metadata(): TemplateMetadata {
    const pmx = this.#pmx;
    const title = oneLine(pmx.name, 200) ?? "Panamax template";
    const tagline = oneLine(this.#parts.documentation(pmx.description));
    const tiers = shortTexts(
      pmx.images.map((image) => image.category),
      20,
    );
    const open = this.#open();
    return {
      format: 1,
      id: idFrom(title),
      version: "1.0.0",
      title,
      ...(tagline === null ? {} : { tagline }),
      ...(tagline === pmx.description.trim() || pmx.description.trim() === ""
        ? {}
        : { description: this.#parts.documentation(pmx.description).slice(0, 20_000) }),
      ...(tiers.length === 0 ? {} : { categories: tiers }),
      ...(pmx.keywords.length === 0 ? {} : { keywords: shortTexts(pmx.keywords, 100) }),
      ...(pmx.authors.length === 0 ? {} : { maintainers: shortTexts(pmx.authors, 50) }),
      ...(pmx.recommended ? { recommended: true } : {}),
      ...(this.#parts.variables.declared.size === 0 ? {} : { variables: this.#parts.variables.record() }),
      ...(open.length === 0 ? {} : { open }),
      source: withoutEmpty({ format: "panamax", type: pmx.type }) as { format: "panamax"; type?: string },
    };
  }

  /** Published ports that a browser can usually open. */
  #open(): OpenLink[] {
    return [...this.#keys].flatMap(([image, key]) =>
      image.ports
        .filter(
          (port) => port.protocol === "tcp" && port.hostPort !== "" && isWebPort(Number(port.containerPort)),
        )
        .map((port) => ({ service: key, port: Number(port.containerPort) })),
    );
  }
}

/** Ports on which pages are usually served. */
export function isWebPort(port: number): boolean {
  return [80, 81, 443, 3000, 4000, 5000, 5601, 8000, 8080, 8081, 8088, 8443, 8888, 9000, 9090].includes(port);
}
