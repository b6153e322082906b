import { createInterface } from "node:readline/promises";
import type { Context } from "./context.ts";
import { usageFailure } from "./failure.ts";

/**
 * Says what will happen and asks whether it shall; `--yes` is an answer. Where nobody can be asked it fails as
 * wrong usage.
 */
export async function confirmed(context: Context, sentence: string, question: string): Promise<boolean> {
  const { stdin, stderr } = context.surroundings;
  if (context.yes) {
    context.output.note(sentence);
    return true;
  }
  if (stdin.isTTY !== true) {
    throw usageFailure(`${sentence} Nobody can be asked here.`, "Add --yes to go on without a question.");
  }
  const lines = createInterface({ input: stdin, output: stderr });
  try {
    const answer = await lines.question(`${sentence}\n${question} [y/N] `);
    return ["y", "yes"].includes(answer.trim().toLowerCase());
  } finally {
    lines.close();
  }
}
