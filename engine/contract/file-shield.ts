import { closeSync, openSync, readdirSync } from "node:fs";

/** Files that other threads may open between our look and the start of the child. */
const margin = 64;

/** Entries for `stdio` behind the three standard streams, to be closed once the child was started. */
export interface FileShield {
  entries: number[];
  close(): void;
}

/**
 * Keeps a child that outlives us from inheriting our open files: each of them is covered with /dev/null. The
 * child would keep a socket of ours alive for the process at its other side: Chromium, which marks none of
 * its files as its own, waits for such an end, and its window would hang. Linux only: elsewhere starting a
 * process hands no files on.
 */
export function shieldFiles(): FileShield {
  if (process.platform !== "linux") return { entries: [], close: () => undefined };
  const highest = Math.max(2, ...readdirSync("/proc/self/fd").map(Number));
  const nothing = openSync("/dev/null", "r+");
  return {
    entries: new Array<number>(highest + margin - 2).fill(nothing),
    close: () => closeSync(nothing),
  };
}
