import type { TemplateVariable } from "../../contract/index.ts";
import { isDistinctive } from "../secrets/recognise.ts";

/**
 * The variables that an import makes. One secret is one variable, wherever it stands, so that services that
 * share a password still do when it changes.
 */
export class ImportVariables {
  readonly declared = new Map<string, TemplateVariable>();
  /** Original values that are kept for this import and are no part of the template. */
  readonly values = new Map<string, string>();
  readonly #taken: Set<string>;
  readonly #secrets = new Map<string, string>();

  /** @param taken names that the original uses already */
  constructor(taken: Iterable<string> = []) {
    this.#taken = new Set(taken);
  }

  /** The variable for a secret's literal value. */
  secret(value: string, wanted: string, service: string, help?: string): string {
    const known = this.#secrets.get(value);
    if (known !== undefined) return known;
    const name = this.#name(wanted, service);
    this.#secrets.set(value, name);
    this.values.set(name, value);
    this.declared.set(name, { type: "secret", ...(help === undefined ? {} : { help }) });
    return name;
  }

  /** A variable for a port of the host. */
  port(
    wanted: string,
    port: { default: number; service: string; target: number | null; protocol: string },
  ): string {
    const name = this.#name(wanted, port.service);
    const protocol = port.protocol === "udp" || port.protocol === "sctp" ? port.protocol : null;
    this.declared.set(name, {
      type: "port",
      default: port.default,
      service: port.service,
      ...(port.target === null ? {} : { target: port.target }),
      ...(protocol === null ? {} : { protocol }),
    });
    return name;
  }

  /** Declares a variable that the original has already. */
  declare(name: string, variable: TemplateVariable): void {
    this.#taken.add(name);
    this.declared.set(name, variable);
  }

  /** A variable of an original's own name, or the nearest free one. */
  add(wanted: string, service: string, variable: TemplateVariable): string {
    const name = this.#name(wanted, service);
    this.declared.set(name, variable);
    return name;
  }

  /** Texts that stand for nothing but a secret, with the names of their variables, longest first. */
  distinctiveSecrets(): [string, string][] {
    return [...this.#secrets]
      .filter(([value]) => isDistinctive(value))
      .sort(([left], [right]) => right.length - left.length);
  }

  /** All secrets' values, with the names of their variables. */
  secrets(): ReadonlyMap<string, string> {
    return this.#secrets;
  }

  record(): Record<string, TemplateVariable> {
    return Object.fromEntries(this.declared);
  }

  #name(wanted: string, service: string): string {
    const plain = variableName(wanted);
    const candidates = [plain, variableName(`${service}_${wanted}`)];
    for (let count = 2; ; count += 1) {
      const name = candidates.shift() ?? `${plain}_${count}`;
      if (this.#taken.has(name)) continue;
      this.#taken.add(name);
      return name;
    }
  }
}

/** The nearest text that can name a variable. */
export function variableName(text: string): string {
  const name = text
    .replaceAll(/[^A-Za-z0-9]+/g, "_")
    .replaceAll(/^_+|_+$/g, "")
    .toUpperCase();
  // Compose and Docker read variables of their own from the same place.
  const safe = /^(?:\d|$|COMPOSE_|DOCKER_)/.test(name) ? `APP_${name}` : name;
  return safe.slice(0, 100);
}
