import { describeFailure } from "../../engine/contract/client.ts";

export interface Toast {
  id: number;
  tone: "failure" | "done";
  message: string;
  hint: string;
}

const DONE_SHOWN_MS = 5000;

/** Short messages about what the user just did. Failures stay until they are closed. */
class Toasts {
  items: readonly Toast[] = $state.raw([]);
  private lastId = 0;

  done(message: string): void {
    const id = this.add({ tone: "done", message, hint: "" });
    setTimeout(() => this.close(id), DONE_SHOWN_MS);
  }

  failure(message: string, hint: string): void {
    this.add({ tone: "failure", message, hint });
  }

  close(id: number): void {
    this.items = this.items.filter((toast) => toast.id !== id);
  }

  private add(toast: Omit<Toast, "id">): number {
    const id = (this.lastId += 1);
    const others = this.items.filter((other) => other.message !== toast.message);
    this.items = [...others.slice(-2), { id, ...toast }];
    return id;
  }
}

export const toasts = new Toasts();

const calledOff = new Set(["cancelled", "start_cancelled", "suspend_cancelled"]);

/** Does what the user asked for; a failure becomes a toast. Answers whether it worked. */
export async function perform(action: () => Promise<unknown>): Promise<boolean> {
  try {
    await action();
    return true;
  } catch (error) {
    const { code, message, hint } = describeFailure(error);
    // Somebody called it off: that is no news to them.
    if (calledOff.has(code)) return false;
    toasts.failure(message, hint);
    return false;
  }
}
