import { z } from "zod";

/** One message of `buildx build --progress=rawjson`: BuildKit's SolveStatus (moby/buildkit, client/graph.go). */
const instant = z.string().nullish();
const statusSchema = z.object({
  vertexes: z
    .array(
      z.object({
        digest: z.string(),
        name: z.string().nullish(),
        started: instant,
        completed: instant,
        cached: z.boolean().nullish(),
        error: z.string().nullish(),
      }),
    )
    .nullish(),
  statuses: z
    .array(
      z.object({
        id: z.string(),
        vertex: z.string(),
        total: z.number().nullish(),
        current: z.number().nullish(),
        completed: instant,
      }),
    )
    .nullish(),
  logs: z.array(z.object({ vertex: z.string(), data: z.string().nullish() })).nullish(),
  warnings: z.array(z.object({ short: z.string().nullish() })).nullish(),
});
export type SolveStatus = z.infer<typeof statusSchema>;

/** What buildx says: progress, and between and after it plain lines for people. */
export type Said = { kind: "status"; status: SolveStatus } | { kind: "text"; line: string };

const MAX_MESSAGE_LINES = 200_000;

/** Finds the messages in buildx's standard error; the versions write them on one line or indented over many. */
export class RawJsonReader {
  #open: string[] | null = null;

  push(line: string): Said | null {
    if (this.#open === null && line === "{") {
      this.#open = [line];
      return null;
    }
    if (this.#open === null) {
      return (line.startsWith('{"') ? message(line) : null) ?? { kind: "text", line };
    }
    this.#open.push(line);
    if (line !== "}" && this.#open.length < MAX_MESSAGE_LINES) return null;
    const text = this.#open.join("\n");
    this.#open = null;
    return message(text);
  }
}

function message(text: string): Said | null {
  try {
    const parsed = statusSchema.safeParse(JSON.parse(text));
    return parsed.success ? { kind: "status", status: parsed.data } : null;
  } catch {
    return null;
  }
}
