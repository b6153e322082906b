/** What a file of variables holds, as `docker run --env-file` reads it, with what was left out and why. */
interface EnvFile {
  variables: { name: string; value: string }[];
  skipped: string[];
}

/**
 * Reads a file of `NAME=value` lines. As with Docker, lines that begin with `#` are comments, quotes are part of the
 * value, and a later line wins. A name without a value would be taken from Docker's own surroundings: it is left out.
 */
export function readEnvFile(text: string): EnvFile {
  const variables = new Map<string, string>();
  const skipped: string[] = [];
  text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .forEach((raw, index) => {
      const line = raw.trimStart();
      if (line === "" || line.startsWith("#")) return;
      const at = line.indexOf("=");
      const name = at === -1 ? line : line.slice(0, at);
      if (at > 0 && !/\s/.test(name)) {
        variables.delete(name);
        variables.set(name, line.slice(at + 1));
      } else skipped.push(`line ${index + 1}`);
    });
  return { variables: [...variables].map(([name, value]) => ({ name, value })), skipped };
}

/** Puts variables into rows: those that are there already get the value of the file. */
export function mergeVariables(
  rows: { key: string; name: string; value: string }[],
  variables: readonly { name: string; value: string }[],
): void {
  for (const { name, value } of variables) {
    const known = rows.find((row) => row.name.trim() === name);
    if (known === undefined) rows.push({ key: crypto.randomUUID(), name, value });
    else known.value = value;
  }
}
