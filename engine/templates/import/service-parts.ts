import type { ImportWarning } from "../../contract/index.ts";
import { escapeDollars } from "../format/interpolation.ts";
import type { Data } from "../project/data.ts";
import { findSecrets, findSecretsInText, type SecretPart } from "../secrets/recognise.ts";
import { portRange, type PortMapping } from "../project/short-syntax.ts";
import type { ImportVariables } from "./variables.ts";

/** Puts together the services of a template that is written anew, and keeps account of what got lost. */
export class ServiceParts {
  readonly variables: ImportVariables;
  readonly warnings: ImportWarning[] = [];

  constructor(variables: ImportVariables) {
    this.variables = variables;
  }

  warn(service: string | null, field: string, message: string): void {
    this.warnings.push({ service, field, message });
  }

  /** A value for the Compose file; literal secrets in it become variables. */
  value(name: string, value: string, service: string): string {
    return this.#replace(value, findSecrets(name, value), name, service);
  }

  /** Arguments for the Compose file; literal secrets become variables. */
  arguments(words: string[], service: string): string[] {
    return words.map((word, index) => {
      const before = words[index - 1] ?? "";
      const parts = findSecretsInText(word);
      if (parts.length === 0 && /^-{1,2}[\w.-]+$/.test(before)) {
        // `--password VALUE` is a secret by the word before it.
        const secret = findSecretsInText(`${before} ${word}`).some((part) => part.value === word);
        if (secret) {
          return this.#replace(
            word,
            [{ start: 0, end: word.length, value: word, reason: before }],
            before,
            service,
          );
        }
      }
      return this.#replace(word, parts, before, service);
    });
  }

  /**
   * A port in short syntax. A fixed port of the host becomes a variable with the original as default; a range
   * becomes one entry for each of its ports.
   */
  ports(port: PortMapping, service: string, onlyPort: boolean): string[] {
    const suffix = port.protocol === "tcp" ? "" : `/${port.protocol}`;
    const address =
      port.hostIp === null ? "" : `${port.hostIp.includes(":") ? `[${port.hostIp}]` : port.hostIp}:`;
    const target = portRange(port.target);
    const published = port.published === null ? null : portRange(port.published);
    if (port.published === null || port.published === "0" || published === null) {
      if (port.published !== null && published === null) {
        this.warn(service, "ports", `"${port.published}" is no port of the host; a free one is taken.`);
      }
      return [`${port.target}${suffix}`];
    }
    const count = published[1] - published[0];
    if (target === null || target[1] - target[0] !== count || count >= 32) {
      this.warn(
        service,
        "ports",
        `The ports ${port.published} stay fixed, because there is no variable for ranges.`,
      );
      return [`${address}${port.published}:${port.target}${suffix}`];
    }
    return Array.from({ length: count + 1 }, (_, index) => {
      const inside = target[0] + index;
      const outside = published[0] + index;
      const wanted = onlyPort && count === 0 ? `${service}_PORT` : `${service}_PORT_${inside}`;
      const name = this.variables.port(wanted, {
        default: outside,
        service,
        target: inside,
        protocol: port.protocol,
      });
      return `${address}\${${name}:-${outside}}:${inside}${suffix}`;
    });
  }

  /** Documentation without the secrets that are peculiar enough to be found in it. */
  documentation(text: string): string {
    let result = text;
    for (const [secret, name] of this.variables.distinctiveSecrets()) {
      if (!result.includes(secret)) continue;
      result = result.replaceAll(secret, `\${${name}}`);
      this.warn(null, "documentation", `The documentation named a secret; it says \${${name}} instead.`);
    }
    return result;
  }

  #replace(value: string, parts: SecretPart[], name: string, service: string): string {
    let result = "";
    let at = 0;
    for (const part of parts) {
      const whole = part.start === 0 && part.end === value.length;
      const wanted = whole && !name.startsWith("-") ? name : `${name.replace(/^-+/, "")}_SECRET`;
      const variable = this.variables.secret(part.value, wanted, service);
      result += `${escapeDollars(value.slice(at, part.start))}\${${variable}}`;
      at = part.end;
    }
    return result + escapeDollars(value.slice(at));
  }
}

/** The entries of a map that are worth writing. */
export function withoutEmpty(data: Data): Data {
  return Object.fromEntries(
    Object.entries(data).filter(([, value]) => {
      if (value === null || value === undefined || value === "") return false;
      if (Array.isArray(value)) return value.length > 0;
      return typeof value !== "object" || Object.keys(value).length > 0;
    }),
  );
}

/** Gives each thing a name of its own that Compose accepts as a service's. */
export class ServiceNames {
  readonly #taken = new Set<string>();

  name(wanted: string): string {
    const plain =
      wanted
        .normalize("NFKD")
        .replaceAll(/\p{M}+/gu, "")
        .toLowerCase()
        .replaceAll(/[^a-z0-9_.-]+/g, "-")
        .replaceAll(/^[^a-z0-9]+|[^a-z0-9]+$/g, "")
        .slice(0, 60) || "service";
    let name = plain;
    for (let count = 2; this.#taken.has(name); count += 1) name = `${plain}-${count}`;
    this.#taken.add(name);
    return name;
  }
}
