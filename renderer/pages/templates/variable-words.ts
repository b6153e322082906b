import type { TemplateVariable } from "../../../engine/contract/index.ts";

/** What a variable is called in a form. */
export function labelOf(name: string, variable: TemplateVariable): string {
  return variable.label ?? name;
}

/** What a variable gets when nobody gives it a value. */
export function defaultWords(variable: TemplateVariable): string {
  if (variable.type === "secret") return variable.generate === false ? "asked for" : "made for you";
  if (variable.type === "boolean") return variable.default === true ? "on" : "off";
  if (variable.default !== undefined) {
    return variable.type === "port" ? `${variable.default}, or the next free one` : String(variable.default);
  }
  return variable.required === false ? "nothing" : "asked for";
}
