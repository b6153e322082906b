import { z } from "zod";
import type { SecretStore } from "../../secrets/index.ts";
import { BerthError } from "../../vm.ts";

const valuesSchema = z.record(z.string(), z.string());

/** Original values of one's own imports, in the keychain and nowhere else. */
export class OwnValues {
  readonly #secrets: SecretStore;

  constructor(secrets: SecretStore) {
    this.#secrets = secrets;
  }

  /** Keeps values; false where there is no keychain to keep them in. */
  async keep(id: string, values: ReadonlyMap<string, string>): Promise<boolean> {
    try {
      await this.#secrets.store(keyOf(id), {
        username: "template",
        secret: JSON.stringify(Object.fromEntries(values)),
      });
      return true;
    } catch (error) {
      if (error instanceof BerthError) return false;
      throw error;
    }
  }

  async of(id: string): Promise<ReadonlyMap<string, string>> {
    try {
      const found = await this.#secrets.get(keyOf(id));
      if (found === null) return new Map();
      return new Map(Object.entries(valuesSchema.parse(JSON.parse(found.secret))));
    } catch {
      // Without a keychain nothing was kept.
      return new Map();
    }
  }

  async forget(id: string): Promise<void> {
    await this.#secrets.erase(keyOf(id)).catch(() => undefined);
  }
}

function keyOf(id: string): string {
  return `berth://templates/${id}`;
}
