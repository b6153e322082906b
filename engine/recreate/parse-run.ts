import {
  type Configuration,
  configurationSchema,
  type HealthCheck,
  type ParsedRunLine,
} from "../contract/index.ts";
import { type Draft, longFlags, shortFlags } from "./run-flags.ts";
import { ValueError } from "./run-values.ts";
import { type ShellProblem, type ShellWord, shellWords } from "./shell-words.ts";

/** Reads a pasted `docker run` line. What is not understood is named with its place; nothing is guessed or dropped. */
export function parseRunLine(line: string): ParsedRunLine {
  const { words, problems } = shellWords(line);
  const reader = new RunLineReader(words, problems);
  reader.read();
  if (problems.length === 0) {
    const parsed = configurationSchema.safeParse(reader.configuration());
    if (parsed.success) return { configuration: parsed.data, problems: [], notes: reader.notes };
    for (const issue of parsed.error.issues) {
      problems.push({ message: `${issue.path.join(".")}: ${issue.message}`, from: 0, to: line.length });
    }
  }
  return { configuration: null, problems, notes: reader.notes };
}

class RunLineReader {
  readonly #words: ShellWord[];
  readonly #problems: ShellProblem[];
  readonly #draft: Draft = emptyDraft();
  #at = 0;

  constructor(words: ShellWord[], problems: ShellProblem[]) {
    this.#words = words;
    this.#problems = problems;
  }

  get notes(): string[] {
    return this.#draft.notes;
  }

  read(): void {
    if (!this.#command()) return;
    this.#flags();
    const [image, ...command] = this.#words.slice(this.#at);
    if (image === undefined) {
      const end = this.#words.at(-1)?.to ?? 0;
      this.#problem("The image is missing.", { from: end, to: end });
      return;
    }
    const { configuration } = this.#draft;
    configuration.image = image.text;
    if (command.length > 0) configuration.command = command.map(({ text }) => text);
  }

  configuration(): Configuration {
    const { configuration, networks, networkMode, aliases, ipv4Address, ipv6Address } = this.#draft;
    const [first = { name: "bridge", aliases: [], ipv4Address: null, ipv6Address: null }, ...others] =
      networks;
    return {
      ...configuration,
      networking: networkMode ?? {
        mode: "networks",
        networks: [
          {
            name: first.name,
            aliases: [...first.aliases, ...aliases],
            ipv4Address: first.ipv4Address ?? ipv4Address,
            ipv6Address: first.ipv6Address ?? ipv6Address,
          },
          ...others,
        ],
      },
      healthCheck: this.#healthCheck(),
      advanced: { ...configuration.advanced, logging: this.#logging() },
    };
  }

  /** `[$] [sudo] docker [container] run|create`, or podman. */
  #command(): boolean {
    const skip = (...texts: string[]) => {
      if (texts.includes(this.#words[this.#at]?.text ?? "")) this.#at += 1;
    };
    skip("$", "#", ">");
    skip("sudo");
    const program = this.#words[this.#at];
    skip("docker", "podman");
    skip("container");
    const verb = this.#words[this.#at];
    if (/^(docker|podman)$/.test(program?.text ?? "") && /^(run|create)$/.test(verb?.text ?? "")) {
      this.#at += 1;
      return true;
    }
    const place = program ?? { from: 0, to: 0 };
    this.#problem("This is no `docker run` line.", { from: place.from, to: verb?.to ?? place.to });
    return false;
  }

  #flags(): void {
    for (;;) {
      const word = this.#words[this.#at];
      if (word === undefined || !word.text.startsWith("-") || word.text === "-") return;
      this.#at += 1;
      if (word.text === "--") return;
      if (word.text.startsWith("--")) this.#long(word);
      else this.#short(word);
    }
  }

  #long(word: ShellWord): void {
    const at = word.text.indexOf("=");
    const name = word.text.slice(2, at === -1 ? undefined : at);
    this.#apply(name, at === -1 ? null : word.text.slice(at + 1), word, `--${name}`);
  }

  /** `-d`, `-itd`, `-p80:80`, `-p=80:80`, `-p 80:80` */
  #short(word: ShellWord): void {
    for (let index = 1; index < word.text.length; index += 1) {
      const letter = word.text.charAt(index);
      const name = shortFlags[letter];
      const flag = name === undefined ? undefined : longFlags[name];
      if (name === undefined || flag === undefined) {
        this.#problem(`The flag -${letter} is not known.`, word);
        return;
      }
      const rest = word.text.slice(index + 1);
      if (flag.alone && !rest.startsWith("=")) {
        this.#apply(name, null, word, `-${letter}`);
        continue;
      }
      this.#apply(name, rest === "" ? null : rest.replace(/^=/, ""), word, `-${letter}`);
      return;
    }
  }

  #apply(name: string, given: string | null, word: ShellWord, shown: string): void {
    const flag = Object.hasOwn(longFlags, name) ? longFlags[name] : undefined;
    if (flag === undefined) {
      this.#problem(`The flag ${shown} is not known.`, word);
      return;
    }
    let place = word;
    let text = given;
    if (text === null && flag.alone) text = "true";
    if (text === null) {
      const next = this.#words[this.#at];
      if (next === undefined) {
        this.#problem(`${shown} needs a value.`, word);
        return;
      }
      this.#at += 1;
      place = { ...word, to: next.to };
      text = next.text;
    }
    try {
      flag.apply(this.#draft, text);
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      this.#problem(`${shown} wants ${error.message}.`, place);
    }
  }

  #healthCheck(): HealthCheck {
    const { command, none, ...times } = this.#draft.health;
    if (none) return { mode: "none" };
    return command === null
      ? { mode: "image" }
      : { mode: "command", shell: true, command: [command], ...times };
  }

  #logging(): Configuration["advanced"]["logging"] {
    const { logDriver, logOptions } = this.#draft;
    if (logDriver === null && Object.keys(logOptions).length === 0) return null;
    return { driver: logDriver ?? "json-file", options: logOptions };
  }

  #problem(message: string, { from, to }: { from: number; to: number }): void {
    this.#problems.push({ message, from, to });
  }
}

function emptyDraft(): Draft {
  return {
    configuration: configurationSchema.parse({ image: "-" }),
    networks: [],
    networkMode: null,
    aliases: [],
    ipv4Address: null,
    ipv6Address: null,
    health: {
      command: null,
      none: false,
      intervalSeconds: null,
      timeoutSeconds: null,
      startPeriodSeconds: null,
      retries: null,
    },
    logDriver: null,
    logOptions: {},
    notes: [],
  };
}
