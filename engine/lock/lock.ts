import { readdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { BerthError, createFileAtomically, processIdentity, writeFileAtomically } from "../vm.ts";

const holderSchema = z.object({ pid: z.int().positive(), identity: z.string(), version: z.string() });
export type LockHolder = z.infer<typeof holderSchema>;

export interface HomeLock {
  release(): Promise<void>;
}

const lockName = /^engine\.(\d+)\.lock$/;

/**
 * Takes a home for this process; answers the living holder instead when there is one.
 *
 * The lock is the file `engine.<n>.lock` with the highest n; it counts while the very process that wrote it
 * lives. A stale one is succeeded by creating n+1, which the file system grants to one of several at once.
 * The highest is never removed, so numbers never start over and a late-comer with an old listing cannot
 * win a number twice: it finds the higher one when it looks again.
 */
export async function takeHome(home: string, version: string): Promise<HomeLock | LockHolder> {
  const identity = await processIdentity(process.pid);
  if (identity === null) {
    throw new BerthError({
      code: "process_identity_unknown",
      message: "The start time of the engine's own process cannot be read.",
      hint: "Check that the system's process tools (ps) are usable.",
    });
  }
  for (;;) {
    const [newest, ...older] = await lockNumbers(home);
    if (newest !== undefined) {
      const holder = await livingHolder(lockFile(home, newest));
      if (holder) return holder;
    }
    const mine = (newest ?? 0) + 1;
    const content = JSON.stringify({ pid: process.pid, identity, version });
    if (!(await createFileAtomically(lockFile(home, mine), content))) continue;
    const [newestNow] = await lockNumbers(home);
    if (newestNow !== mine) {
      await rm(lockFile(home, mine), { force: true });
      continue;
    }
    for (const number of newest === undefined ? older : [newest, ...older]) {
      await rm(lockFile(home, number), { force: true });
    }
    return { release: () => release(lockFile(home, mine)) };
  }
}

/** Leaves the file in place, marked as nobody's: see `takeHome` for why it is not removed. */
async function release(file: string): Promise<void> {
  await writeFileAtomically(file, JSON.stringify({ released: true }));
}

async function livingHolder(file: string): Promise<LockHolder | null> {
  const holder = await readHolder(file);
  if (holder === null) return null;
  return (await processIdentity(holder.pid)) === holder.identity ? holder : null;
}

async function readHolder(file: string): Promise<LockHolder | null> {
  try {
    return holderSchema.parse(JSON.parse(await readFile(file, "utf8")));
  } catch {
    // Locks are created whole; one that cannot be read is of no living engine.
    return null;
  }
}

async function lockNumbers(home: string): Promise<number[]> {
  const names = await readdir(home);
  const numbers = names.flatMap((name) => {
    const match = lockName.exec(name);
    return match ? [Number(match[1])] : [];
  });
  return numbers.sort((a, b) => b - a);
}

function lockFile(home: string, number: number): string {
  return path.join(home, `engine.${number}.lock`);
}
