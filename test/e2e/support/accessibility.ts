import axe from "axe-core";
import type { Page } from "playwright-core";
import { z } from "zod";

const resultSchema = z.object({
  violations: z.array(
    z.object({
      id: z.string(),
      help: z.string(),
      nodes: z.array(z.object({ html: z.string(), failureSummary: z.string().optional() })),
    }),
  ),
  passes: z.array(z.unknown()),
});

/**
 * Colours on their way from one theme to the other are nobody's choice: waits until what moves with time has moved.
 * What moves with scrolling stands still by itself.
 */
const settled = `Promise.allSettled(document.getAnimations()
  .filter((animation) => animation.timeline === document.timeline)
  .filter((animation) => animation.effect.getComputedTiming().endTime !== Infinity)
  .map((animation) => animation.finished))`;

/** Of what passes only the rules' names come back: a long page has thousands of elements that pass. */
const scan = `axe.run(document, { resultTypes: ["violations"] })
  .then(({ violations, passes }) => ({ violations, passes: passes.map(({ id }) => id) }))`;

/**
 * Scans the page as it is shown (axe-core, all rules for WCAG 2 A and AA and best practices). Answers one line
 * per violation. The scanner is put in by the debugger, because the page's own policy lets no script in.
 */
export async function violationsOf(page: Page): Promise<string[]> {
  if ((await page.evaluate("typeof axe")) === "undefined") await page.evaluate(axe.source);
  await page.evaluate(settled);
  const result = resultSchema.parse(await page.evaluate(scan));
  if (result.passes.length === 0) throw new Error("the accessibility scan checked nothing");
  return result.violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary = "" }) => `${id}: ${help}\n    ${html}\n    ${failureSummary}`),
  );
}
