import type { LogLine } from "../../../engine/contract/index.ts";
import { plainText } from "../../formats/terminal-text.ts";

/** A line of a container's log as it is shown. */
export interface ShownLine {
  /** Counts up from the first line that was ever read. */
  number: number;
  text: string;
  lead: string;
  error: boolean;
}

export const LINES_KEPT = 5000;

/** The newest lines of a log; older ones are let go. */
export class LogLines {
  private lines: ShownLine[] = [];
  private read = 0;

  push(line: LogLine): void {
    this.read += 1;
    this.lines.push({
      number: this.read,
      text: plainText(line.text),
      lead: line.at === null ? "" : clockTime(line.at),
      error: line.source === "stderr",
    });
    // Trimmed in steps, because taking single lines off the front is slow.
    if (this.lines.length > LINES_KEPT * 1.2) this.lines = this.lines.slice(-LINES_KEPT);
  }

  clear(): void {
    this.lines = [];
  }

  newest(): ShownLine[] {
    return this.lines.slice(-LINES_KEPT);
  }
}

function clockTime(at: string): string {
  const time = new Date(at);
  const two = (value: number): string => String(value).padStart(2, "0");
  const ms = String(time.getMilliseconds()).padStart(3, "0");
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}.${ms}`;
}
