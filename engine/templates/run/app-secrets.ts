import { z } from "zod";
import type { SecretStore } from "../../secrets/index.ts";
import { BerthError } from "../../vm.ts";

const secretsSchema = z.record(z.string(), z.string());

/** Secrets of apps that were made of templates, in the keychain; without one they are in the guest alone. */
export class AppSecrets {
  readonly #store: SecretStore;

  constructor(store: SecretStore) {
    this.#store = store;
  }

  async keep(app: string, secrets: Readonly<Record<string, string>>): Promise<void> {
    if (Object.keys(secrets).length === 0) return;
    try {
      await this.#store.store(keyOf(app), { username: "app", secret: JSON.stringify(secrets) });
    } catch (error) {
      // The app runs all the same: its secrets are in the guest, where Compose needs them.
      if (!(error instanceof BerthError)) throw error;
    }
  }

  async get(app: string, variable: string): Promise<string> {
    const found = await this.#store.get(keyOf(app));
    const value = found === null ? undefined : secretsSchema.parse(JSON.parse(found.secret))[variable];
    if (value !== undefined) return value;
    throw new BerthError({
      code: "no_such_secret",
      message: `The keychain has no value of ${variable} for "${app}".`,
      hint: "Look at the environment of its containers.",
    });
  }

  async forget(app: string): Promise<void> {
    await this.#store.erase(keyOf(app)).catch(() => undefined);
  }
}

function keyOf(app: string): string {
  return `berth://apps/${app}`;
}
