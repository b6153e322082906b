/** Rows beyond the visible part that are kept ready, so that fast scrolling shows no gaps. */
const OVERSCAN = 8;

/** The rows worth drawing: from `first` up to, not including, `end`. Sizes in pixels. */
export function windowOf(
  rows: number,
  rowHeight: number,
  scrollTop: number,
  height: number,
): { first: number; end: number } {
  const first = Math.max(0, Math.floor(scrollTop / rowHeight) - OVERSCAN);
  const end = Math.min(rows, Math.ceil((scrollTop + height) / rowHeight) + OVERSCAN);
  return { first: Math.min(first, Math.max(0, end - 1)), end };
}

/** More than a window ever has rows. */
export function slotsOf(rowHeight: number, height: number): number {
  return Math.ceil(height / rowHeight) + 2 * OVERSCAN + 2;
}
