/**
 * Name and values of an env file, as Compose reads it (docs.docker.com/compose/how-tos/environment-variables,
 * env file syntax). Values in double quotes know \n and the like; single quotes keep everything.
 */
export function parseEnvFile(text: string): Map<string, string> {
  const values = new Map<string, string>();
  const entry =
    /^[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*(?:=|:[ \t])[ \t]*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|([^\r\n]*))/gm;
  for (const match of text.matchAll(entry)) {
    const [, name = "", single, double, plain] = match;
    if (single !== undefined) values.set(name, single.replaceAll("\\'", "'"));
    else if (double !== undefined) values.set(name, unescape(double));
    else values.set(name, (plain ?? "").replace(/(?:^|[ \t]+)#.*$/, "").trim());
  }
  return values;
}

/** An env file that Compose reads back as exactly these values. */
export function envFileText(values: ReadonlyMap<string, string>): string {
  return [...values].map(([name, value]) => `${name}=${quoted(value)}\n`).join("");
}

function quoted(value: string): string {
  if (/^[\w.,:/@%+=-]*$/.test(value)) return value;
  if (!/['\\\n\r]/.test(value)) return `'${value}'`;
  const escaped = value
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"')
    .replaceAll("$", "\\$")
    .replaceAll("\n", "\\n")
    .replaceAll("\r", "\\r");
  return `"${escaped}"`;
}

function unescape(text: string): string {
  return text.replaceAll(/\\([\s\S])/g, (_, sign: string) => {
    if (sign === "n") return "\n";
    if (sign === "r") return "\r";
    return sign === "t" ? "\t" : sign;
  });
}
