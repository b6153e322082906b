/** How long each part of a recovery may take on a slow, busy machine without virtualisation, in milliseconds. */
export const bounds = {
  /** An engine that was killed serves again. */
  engineMs: 60_000,
  /** A VM comes up, whatever way. */
  startMs: 240_000,
  /** Any other transition. */
  transitionMs: 120_000,
  /** Docker answers in a VM that runs. */
  dockerMs: 120_000,
  /** A container that runs writes its next record. */
  recordMs: 90_000,
} as const;

/** Fails when a piece of work takes longer than it may. */
export async function within<T>(what: string, ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took more than ${ms / 1000} s.`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Looks again and again until `probe` answers something; failures of the probe count as nothing yet. */
export async function eventually<T>(
  what: string,
  ms: number,
  probe: () => Promise<T | null> | T | null,
): Promise<T> {
  const deadline = Date.now() + ms;
  for (;;) {
    let reason: unknown = null;
    try {
      const found = await probe();
      if (found !== null) return found;
    } catch (error) {
      reason = error;
    }
    if (Date.now() > deadline) {
      throw new Error(`Waited ${ms / 1000} s in vain for ${what}.`, { cause: reason });
    }
    await wait(50);
  }
}

export function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
