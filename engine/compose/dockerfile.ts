/** What a Dockerfile says that matters before it is built. */
export interface DockerfileFacts {
  /** Images that its stages build on or copy from, with variables resolved as far as they are known. */
  bases: string[];
}

/**
 * Reads the images that a Dockerfile needs (Dockerfile reference: FROM, ARG, COPY --from). Names of its own
 * earlier stages and `scratch` are none.
 */
export function readDockerfile(
  text: string,
  buildArgs: Readonly<Record<string, string>> = {},
): DockerfileFacts {
  const args = new Map<string, string>();
  const stages = new Set<string>();
  const bases = new Set<string>();
  const note = (raw: string) => {
    const name = resolve(raw, args);
    if (name === "" || name === "scratch" || stages.has(name.toLowerCase()) || /^\d+$/.test(name)) return;
    bases.add(name);
  };
  let beforeFirstStage = true;
  for (const line of logicalLines(text)) {
    const [instruction = "", ...words] = line.split(/\s+/);
    switch (instruction.toUpperCase()) {
      case "ARG": {
        if (!beforeFirstStage) break;
        for (const word of words) {
          const [name = "", ...value] = word.split("=");
          args.set(name, buildArgs[name] ?? unquoted(value.join("=")));
        }
        break;
      }
      case "FROM": {
        beforeFirstStage = false;
        const plain = words.filter((word) => !word.startsWith("--"));
        note(plain[0] ?? "");
        if (plain[1]?.toUpperCase() === "AS" && plain[2] !== undefined) stages.add(plain[2].toLowerCase());
        break;
      }
      case "COPY":
      case "ADD": {
        const from = words.find((word) => word.startsWith("--from="));
        if (from !== undefined) note(from.slice("--from=".length));
        break;
      }
    }
  }
  return { bases: [...bases] };
}

/** Lines with continuations joined, without comments. */
function logicalLines(text: string): string[] {
  const escape = /^#\s*escape\s*=\s*`/im.test(text.slice(0, 500)) ? "`" : "\\";
  const lines: string[] = [];
  let open = "";
  for (const raw of text.split(/\r?\n/)) {
    const line = raw.trim();
    if (line.startsWith("#") || (line === "" && open !== "")) continue;
    if (line.endsWith(escape)) {
      open += `${line.slice(0, -1)} `;
      continue;
    }
    const whole = `${open}${line}`.trim();
    open = "";
    if (whole !== "") lines.push(whole);
  }
  if (open.trim() !== "") lines.push(open.trim());
  return lines;
}

function resolve(text: string, args: ReadonlyMap<string, string>): string {
  return unquoted(text).replace(
    /\$(?:\{([A-Za-z_]\w*)(?::?[-+]([^}]*))?\}|([A-Za-z_]\w*))/g,
    (_all, braced: string | undefined, fallback: string | undefined, bare: string | undefined) => {
      const value = args.get(braced ?? bare ?? "");
      return value !== undefined && value !== "" ? value : (fallback ?? "");
    },
  );
}

function unquoted(text: string): string {
  return text.replace(/^(["'])(.*)\1$/, "$2");
}
