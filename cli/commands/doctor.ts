import type { BerthClient, Check } from "../../engine/contract/index.ts";
import type { Context } from "../context.ts";
import { exitCodes, explainFailure } from "../failure.ts";
import type { Output } from "../output.ts";
import { escapeText } from "../text.ts";

/** Runs all checks, with `fix` repairs what can be repaired; exit code 1 while a check fails. */
export async function doctor(context: Context, fix: boolean): Promise<number> {
  const { output } = context;
  const checks = await runChecks(context, fix);
  await output.result({ checks }, () => checks.map((check) => formatCheck(check, output)).join("\n"));
  return checks.every((check) => check.ok) ? exitCodes.done : exitCodes.failed;
}

/** An engine that cannot be reached is itself a finding, not the end of the doctor. */
async function runChecks(context: Context, fix: boolean): Promise<Check[]> {
  try {
    return await context.withEngine(async (client) => {
      const checks = await client.system.checks();
      return fix ? await fixAll(client, checks, context.output) : checks;
    });
  } catch (error) {
    const { failure } = await explainFailure(error);
    return [
      {
        id: "engine",
        title: "Berth's engine",
        ok: false,
        problem: failure.message,
        fix: failure.hint,
        automatic: false,
      },
    ];
  }
}

async function fixAll(client: BerthClient, found: Check[], output: Output): Promise<Check[]> {
  let checks = found;
  for (const check of found) {
    if (check.ok || !check.automatic) continue;
    output.note(`Fixing "${escapeText(check.title)}": ${escapeText(check.fix ?? "")}`);
    try {
      checks = await client.system.fix({ id: check.id });
    } catch (error) {
      // The remaining fixes are independent of this one; the last list tells that it still fails.
      const { failure } = await explainFailure(error);
      output.note(`  ${escapeText(failure.message)}`);
    }
  }
  return checks;
}

function formatCheck(check: Check, output: Output): string {
  const title = escapeText(check.title);
  if (check.ok) return `${output.style("green", "ok")}      ${title}`;
  const lines = [`${output.style("red", "failed")}  ${title}`];
  if (check.problem !== null) lines.push(`        ${escapeText(check.problem)}`);
  if (check.fix !== null) lines.push(`        ${escapeText(check.fix)}`);
  return lines.join("\n");
}
