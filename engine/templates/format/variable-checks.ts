import { isScalar, visit } from "yaml";
import type { TemplateMetadata, TemplateVariable } from "../../contract/index.ts";
import type { Mistake } from "./compose-checks.ts";
import { findVariables, type VariableUse } from "./interpolation.ts";
import { placeAt, type YamlFile } from "./yaml-file.ts";
import type { TemplateFinding } from "../../contract/index.ts";

export interface PlacedUse extends VariableUse {
  /** Offset of the text that holds it, in the file. */
  offset: number;
}

/** Uses of variables in a file, and the texts that Compose cannot take apart. */
export function variableUses(file: YamlFile): { uses: PlacedUse[]; findings: TemplateFinding[] } {
  const uses: PlacedUse[] = [];
  const findings: TemplateFinding[] = [];
  for (const document of file.documents) {
    visit(document, {
      Pair(_, pair) {
        // Compose reads its own part of the file only; Berth's is checked by its schema.
        return isScalar(pair.key) && pair.key.value === "x-berth" ? visit.SKIP : undefined;
      },
      Scalar(key, node) {
        if (key === "key" || typeof node.value !== "string" || !node.value.includes("$")) return;
        const offset = node.range?.[0] ?? 0;
        const found = findVariables(node.value);
        uses.push(...found.uses.map((use) => ({ ...use, offset })));
        if (found.invalidAt === null || !node.value.startsWith("${", found.invalidAt)) return;
        findings.push({
          severity: "error",
          code: "bad_interpolation",
          ...placeAt(file, offset),
          path: "",
          message: `"${node.value.slice(found.invalidAt, found.invalidAt + 40)}" is not a variable that Compose understands.`,
          fix: "Write ${NAME}, ${NAME:-default}, or $$ for a dollar sign.",
        });
      },
    });
  }
  return { uses, findings };
}

/** Holds declared variables against their own rules. */
export function checkVariables(metadata: TemplateMetadata): Mistake[] {
  return Object.entries(metadata.variables ?? {}).flatMap(([name, variable]) => {
    const mistake = checkDefault(variable);
    if (mistake === null) return [];
    const [key, message, fix] = mistake;
    return [
      {
        severity: "error" as const,
        code: "bad_variable",
        path: ["x-berth", "variables", name, key],
        message: `Variable ${name}: ${message}`,
        fix,
      },
    ];
  });
}

function checkDefault(variable: TemplateVariable): [string, string, string] | null {
  if (variable.type === "choice") {
    const values = variable.options.map((option) =>
      String(typeof option === "object" ? option.value : option),
    );
    if (variable.default === undefined || values.includes(String(variable.default))) return null;
    return [
      "default",
      `"${String(variable.default)}" is none of its options.`,
      `Use one of: ${values.join(", ")}.`,
    ];
  }
  if (variable.type === "number" && variable.default !== undefined) {
    const { default: value, minimum = -Infinity, maximum = Infinity } = variable;
    if (value >= minimum && value <= maximum) return null;
    return ["default", `${value} is outside of its bounds.`, "Change the default, minimum or maximum."];
  }
  if (variable.type !== "text" || variable.pattern === undefined) return null;
  const pattern = compilePattern(variable.pattern);
  if (pattern === null) {
    return [
      "pattern",
      "its pattern is not a regular expression.",
      "Check brackets, or escape signs with \\.",
    ];
  }
  return null;
}

/** A pattern that a whole value must fit; null where it is not a regular expression. */
export function compilePattern(pattern: string): RegExp | null {
  try {
    return new RegExp(`^(?:${pattern})$`, "u");
  } catch {
    return null;
  }
}

/** Holds the variables that are used against those that are declared. */
export function checkUses(uses: PlacedUse[], metadata: TemplateMetadata, file: YamlFile): TemplateFinding[] {
  const declared = metadata.variables ?? {};
  const findings: TemplateFinding[] = [];
  const seen = new Set<string>();
  for (const use of uses) {
    const variable = declared[use.name];
    const finding = variable === undefined ? undeclared(use) : wrongDefault(use, variable);
    const key = `${use.name} ${finding?.code ?? ""}`;
    if (finding === null || seen.has(key)) continue;
    seen.add(key);
    findings.push({ ...finding, ...placeAt(file, use.offset), path: "" });
  }
  return findings;
}

type Unplaced = Pick<TemplateFinding, "severity" | "code" | "message" | "fix">;

function undeclared(use: PlacedUse): Unplaced | null {
  // Compose itself sets these.
  if (use.name.startsWith("COMPOSE_")) return null;
  return {
    severity: "warning",
    code: "undeclared_variable",
    message: `The variable ${use.name} is used but not declared, so nobody is asked for it.`,
    fix: `Add "${use.name}: { type: text }" under x-berth.variables.`,
  };
}

function wrongDefault(use: PlacedUse, variable: TemplateVariable): Unplaced | null {
  if (use.operator !== ":-" && use.operator !== "-") return null;
  if (variable.type === "secret") {
    if (use.argument === "" || use.argument.includes("$")) return null;
    return {
      severity: "error",
      code: "secret_default",
      message: `The secret ${use.name} has a value in the file, which everybody can read.`,
      fix: `Write \${${use.name}:?} instead: Berth makes a secret for each run.`,
    };
  }
  const { default: declared } = variable;
  if (declared === undefined || use.argument === "" || use.argument.includes("$")) return null;
  if (String(declared) === use.argument) return null;
  return {
    severity: "warning",
    code: "defaults_differ",
    message: `The default of ${use.name} is "${use.argument}" here but "${String(declared)}" under x-berth.`,
    fix: "Make both the same, so that Compose alone does what Berth does.",
  };
}
