import type { LogModel } from "./log-model.ts";

/** Where each of many lines begins, in rows of text, when lines wrap at a number of columns. */
export class RowHeights {
  /** Rows up to and including each line. */
  private ends: number[] = [];
  private madeFor = "";
  private dropped = 0;

  /**
   * Brings it up to date with what a log shows; answers by how many rows everything moved up because older lines
   * went. `columns` is infinite where lines do not wrap; `lead` are columns before each text.
   */
  update(model: LogModel, columns: number, lead: number): number {
    const shape = `${model.generation} ${columns} ${lead}`;
    let moved = 0;
    if (shape !== this.madeFor) {
      this.ends = [];
      this.madeFor = shape;
    } else if (model.dropped > this.dropped) {
      const gone = model.dropped - this.dropped;
      moved = this.ends[gone - 1] ?? this.total;
      this.ends = this.ends.slice(gone).map((end) => end - moved);
    }
    this.dropped = model.dropped;
    const rows = model.shown;
    for (let index = this.ends.length; index < rows.length; index += 1) {
      const cells = (rows[index]?.cells ?? 0) + lead;
      this.ends.push((this.ends[index - 1] ?? 0) + Math.max(1, Math.ceil(cells / columns)));
    }
    return moved;
  }

  get total(): number {
    return this.ends.at(-1) ?? 0;
  }

  /** The first row of a line. */
  top(index: number): number {
    return this.ends[index - 1] ?? 0;
  }

  /** The line that covers a row. */
  at(row: number): number {
    let [low, high] = [0, this.ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.ends[middle] ?? 0) <= row) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
