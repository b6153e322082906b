import { BerthError } from "../vm.ts";

const valid = /^[a-z0-9][a-z0-9_-]{0,62}$/;

/** The project name that Compose makes of a folder's name; null where nothing usable is left. */
export function projectNameFrom(text: string): string | null {
  const name = text
    .toLowerCase()
    .replace(/[^a-z0-9_-]/g, "")
    .replace(/^[_-]+/, "")
    .slice(0, 63);
  return name === "" ? null : name;
}

/** The name itself; throws `invalid_project_name` for one that Compose refuses. */
export function checkedProjectName(name: string): string {
  if (valid.test(name)) return name;
  throw new BerthError({
    code: "invalid_project_name",
    message: `"${name}" cannot be the name of an app.`,
    hint: "Use lower-case letters, digits, '_' and '-', beginning with a letter or digit, at most 63.",
  });
}
