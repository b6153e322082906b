import { z } from "zod";
import type { TemplateMetadata, TemplateVariable } from "../../../engine/contract/index.ts";
import { labelOf } from "./variable-words.ts";

/** One variable of a template in the form that asks before a run. Values are texts, as Compose has them. */
export interface RunField {
  name: string;
  label: string;
  help: string;
  variable: TemplateVariable;
  /** What the engine takes without being told. */
  initial: string;
  value: string;
}

export function fieldsOf(metadata: TemplateMetadata): RunField[] {
  return Object.entries(metadata.variables ?? {}).map(([name, variable]) => {
    const initial = "default" in variable && variable.default !== undefined ? String(variable.default) : "";
    return {
      name,
      label: labelOf(name, variable),
      help: variable.help ?? "",
      variable,
      initial,
      // A switch stands one way or the other.
      value: variable.type === "boolean" && initial === "" ? "false" : initial,
    };
  });
}

/** The values that somebody really gave; for all others the engine knows better. */
export function givenOf(fields: readonly RunField[]): Record<string, string> {
  return Object.fromEntries(
    fields.filter(({ value, initial }) => value !== initial).map(({ name, value }) => [name, value]),
  );
}

/** Options of a choice; where none is the default, one has to be chosen. */
export function optionsOf({ variable, initial }: RunField): readonly { value: string; label: string }[] {
  if (variable.type !== "choice") return [];
  const options = variable.options.map((option) =>
    typeof option === "object"
      ? { value: String(option.value), label: option.label }
      : { value: String(option), label: String(option) },
  );
  return initial === "" ? [{ value: "", label: "Choose…" }, ...options] : options;
}

const badValuesSchema = z.object({
  data: z.object({
    code: z.literal("bad_values"),
    details: z.object({ values: z.record(z.string(), z.string()) }),
  }),
});

/** What is wrong with which variable, where that is why a run was refused. */
export function wrongValuesOf(error: unknown): Record<string, string> | null {
  const { data } = badValuesSchema.safeParse(error);
  if (data === undefined) return null;
  const sentences = Object.entries(data.data.details.values).map(([name, reason]) => [
    name,
    `${reason.charAt(0).toUpperCase()}${reason.slice(1)}.`,
  ]);
  return Object.fromEntries(sentences) as Record<string, string>;
}

/** The reason of a failed run, and what its service printed last; the engine tells both as one. */
export function failureParts(message: string): { reason: string; log: string } {
  const [reason = message, ...log] = message.split(" It said last: ");
  return { reason, log: log.join(" It said last: ") };
}
