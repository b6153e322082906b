import type { LogItem } from "../../../../engine/contract/index.ts";
import { AnsiReader, type StyleRun } from "./ansi.ts";
import { cellsOf } from "./cells.ts";

/** A line as it is shown. */
export interface LogRow {
  /** Counts up from the first line that was ever received; rows are in its order. */
  number: number;
  /** Index of the container in the log. */
  container: number;
  at: string | null;
  text: string;
  runs: readonly StyleRun[] | null;
  /** Columns of a terminal that the text takes. */
  cells: number;
  error: boolean;
  /** Said by Berth and not by the container: it ended, it started. */
  mark: boolean;
}

export interface LogFilter {
  text: string;
  source: "all" | "stdout" | "stderr";
}

/** A log that is longer loses its oldest lines, which is told. */
export const LINES_KEPT = 250_000;
const CHARACTERS_KEPT = 64 * 1024 * 1024;
/** Trimmed in steps, because taking single lines off the front is slow. */
const SLACK = 1.05;

const MARKS = { stopped: "The container stopped.", removed: "The container was removed." } as const;

/** The lines of a log in bounded memory, those of them that a filter lets through, and those that a search finds. */
export class LogModel {
  /** Lines that the filter lets through, oldest first. Changes in place. */
  shown: LogRow[] = [];
  /** Of these the ones that hold the searched text. Changes in place. */
  matches: LogRow[] = [];
  /** Lines that were let go of. */
  trimmed = 0;
  /** Lines that left the front of `shown`. */
  dropped = 0;
  /** Counts up when `shown` is made anew. */
  generation = 0;
  private rows: LogRow[] = [];
  private received = 0;
  private characters = 0;
  private filter: LogFilter = { text: "", source: "all" };
  private query = "";
  private readonly readers = new Map<string, AnsiReader>();
  private readonly containers: readonly string[];

  constructor(containers: readonly string[]) {
    this.containers = containers;
  }

  /** Lines that are held, whatever the filter. */
  get held(): number {
    return this.rows.length;
  }

  push(items: readonly LogItem[]): void {
    for (const item of items) this.add(this.rowOf(item));
    this.trim();
  }

  setFilter(filter: LogFilter): void {
    this.filter = filter;
    this.shown = this.rows.filter((row) => passes(row, filter));
    this.generation += 1;
    this.search(this.query);
  }

  search(query: string): void {
    this.query = query.toLowerCase();
    this.matches = this.query === "" ? [] : this.shown.filter((row) => this.isMatch(row));
  }

  clear(): void {
    this.rows = [];
    this.shown = [];
    this.matches = [];
    this.characters = 0;
    this.generation += 1;
    this.readers.clear();
  }

  private rowOf(item: LogItem): LogRow {
    this.received += 1;
    const base = { number: this.received, container: this.containers.indexOf(item.container) };
    if (item.kind !== "line") {
      const text = item.kind === "started" ? "The container started." : MARKS[item.reason];
      return { ...base, at: null, text, runs: null, cells: text.length, error: false, mark: true };
    }
    const key = `${item.container} ${item.source}`;
    let reader = this.readers.get(key);
    if (reader === undefined) this.readers.set(key, (reader = new AnsiReader()));
    const { text, runs } = reader.read(item.text);
    return {
      ...base,
      at: item.at,
      text,
      runs,
      cells: cellsOf(text),
      error: item.source === "stderr",
      mark: false,
    };
  }

  private add(row: LogRow): void {
    this.rows.push(row);
    this.characters += row.text.length;
    if (!passes(row, this.filter)) return;
    this.shown.push(row);
    if (this.isMatch(row)) this.matches.push(row);
  }

  private trim(): void {
    if (this.rows.length <= LINES_KEPT * SLACK && this.characters <= CHARACTERS_KEPT * SLACK) return;
    let count = Math.max(0, this.rows.length - LINES_KEPT);
    let gone = this.rows.slice(0, count).reduce((sum, row) => sum + row.text.length, 0);
    while (this.characters - gone > CHARACTERS_KEPT && count < this.rows.length - 1) {
      gone += this.rows[count]?.text.length ?? 0;
      count += 1;
    }
    const removed = this.rows.splice(0, count);
    this.characters -= gone;
    this.trimmed += removed.filter((row) => !row.mark).length;
    const first = this.rows[0]?.number ?? Infinity;
    this.dropped += this.shown.splice(0, countBefore(this.shown, first)).length;
    this.matches.splice(0, countBefore(this.matches, first));
  }

  private isMatch(row: LogRow): boolean {
    return this.query !== "" && row.text.toLowerCase().includes(this.query);
  }
}

function passes(row: LogRow, { text, source }: LogFilter): boolean {
  if (row.mark) return true;
  if (source !== "all" && row.error !== (source === "stderr")) return false;
  return text === "" || row.text.toLowerCase().includes(text.toLowerCase());
}

/** Rows before the one with a number, by halving. */
export function countBefore(rows: readonly LogRow[], number: number): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle]?.number ?? Infinity) < number) low = middle + 1;
    else high = middle;
  }
  return low;
}
