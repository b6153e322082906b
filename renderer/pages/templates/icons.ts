import { engine } from "../../connection/index.ts";

/** Enough for what was looked at lately. */
const MOST_KEPT = 500;
const asked = new Map<string, Promise<string | null>>();

/** A template's icon as a data address; null where it has none, or none that may be shown. Asked for once. */
export function iconOf(id: string): Promise<string | null> {
  const known = asked.get(id);
  if (known !== undefined) return known;
  const [oldest] = asked.keys();
  if (asked.size >= MOST_KEPT && oldest !== undefined) asked.delete(oldest);
  const answer = ask(id);
  asked.set(id, answer);
  return answer;
}

async function ask(id: string): Promise<string | null> {
  try {
    return (await engine.required.templates.icon({ id })).icon;
  } catch {
    asked.delete(id);
    return null;
  }
}
