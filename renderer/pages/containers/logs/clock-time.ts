/** A moment as the wall clock shows it, with milliseconds. */
export function clockTime(at: string | null): string {
  if (at === null) return "            ";
  const time = new Date(at);
  const two = (value: number): string => String(value).padStart(2, "0");
  const ms = String(time.getMilliseconds()).padStart(3, "0");
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}.${ms}`;
}

/** Columns that it takes with the space after it. */
export const CLOCK_CELLS = 13;
