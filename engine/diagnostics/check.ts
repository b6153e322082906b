import type { Check } from "../contract/index.ts";
import { toFailure } from "../errors.ts";

/** What a look at one thing found: nothing wrong, or a problem with its remedy. */
export type Finding = { problem: string; fix: string; automatic?: boolean } | null;

/** One thing that `berth doctor` looks at. */
export interface Inspection {
  id: string;
  title: string;
  look: () => Finding | Promise<Finding>;
  /** Repairs it; only where that can be done without a person. */
  repair?: () => Promise<void>;
}

/** Looks, and turns a look that fails into a problem of its own. */
export async function inspect({ id, title, look, repair }: Inspection): Promise<Check> {
  let finding: Finding;
  try {
    finding = await look();
  } catch (error) {
    const { message, hint } = toFailure(error);
    finding = { problem: message, fix: hint, automatic: false };
  }
  return {
    id,
    title,
    ok: finding === null,
    problem: finding?.problem ?? null,
    fix: finding?.fix ?? null,
    automatic: finding !== null && repair !== undefined && (finding.automatic ?? true),
  };
}
