import { SvelteMap } from "svelte/reactivity";
import { type SessionWish, TerminalSession } from "./terminal-session.svelte.ts";

/** Open terminals by container. They go on while other pages are shown, and end when they are closed. */
class Terminals {
  readonly #sessions = new SvelteMap<string, readonly TerminalSession[]>();

  of(container: string): readonly TerminalSession[] {
    return this.#sessions.get(container) ?? [];
  }

  open(wish: SessionWish): TerminalSession {
    const session = new TerminalSession(wish);
    this.#sessions.set(wish.container, [...this.of(wish.container), session]);
    return session;
  }

  close(session: TerminalSession): void {
    session.close();
    const { container } = session.wish;
    const left = this.of(container).filter((one) => one !== session);
    if (left.length === 0) this.#sessions.delete(container);
    else this.#sessions.set(container, left);
  }

  /** Ends those of containers that are gone. */
  keepOnly(containers: ReadonlySet<string>): void {
    for (const [container, sessions] of [...this.#sessions]) {
      if (containers.has(container)) continue;
      for (const session of sessions) session.close();
      this.#sessions.delete(container);
    }
  }
}

export const terminals = new Terminals();
