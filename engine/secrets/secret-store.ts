import { z } from "zod";
import { BerthError } from "../vm.ts";
import { chooseHelper, type HelperSurroundings, processSurroundings } from "./choose-helper.ts";
import { helperFailed, noHelper } from "./errors.ts";
import { type HelperVerb, runHelper } from "./helper-process.ts";

interface Secret {
  username: string;
  secret: string;
}

const secretSchema = z.object({ Username: z.string(), Secret: z.string() });
const listSchema = z.record(z.string(), z.string());
const notFound = /credentials not found/i;

/**
 * The one place for secrets, for window and CLI alike: the platform's keychain through Docker's credential
 * helper protocol. Where there is no helper it refuses with a remedy; it never writes a secret itself.
 * Keys are addresses: a registry's for its sign-in, `berth://…` for our own.
 */
export class SecretStore {
  readonly #surroundings: HelperSurroundings;

  constructor(surroundings: HelperSurroundings = processSurroundings()) {
    this.#surroundings = surroundings;
  }

  /** The helper program in use; throws `no_credential_helper` where there is none. */
  async helper(): Promise<string> {
    const helper = await chooseHelper(this.#surroundings);
    if (helper === null) throw noHelper();
    return helper;
  }

  /** Null when nothing is stored under the key. */
  async get(key: string): Promise<Secret | null> {
    const answer = await this.#ask("get", checkedKey(key));
    if (answer === null) return null;
    const { Username, Secret } = secretSchema.parse(JSON.parse(answer));
    return { username: Username, secret: Secret };
  }

  async store(key: string, { username, secret }: Secret): Promise<void> {
    await this.#ask(
      "store",
      JSON.stringify({ ServerURL: checkedKey(key), Username: username, Secret: secret }),
    );
  }

  /** Removes what is stored under the key; nothing being there is fine. */
  async erase(key: string): Promise<void> {
    await this.#ask("erase", checkedKey(key));
  }

  /** User names by key. */
  async list(): Promise<Record<string, string>> {
    const answer = await this.#ask("list", "");
    return answer === null || answer === "" ? {} : listSchema.parse(JSON.parse(answer));
  }

  /** The helper's answer, null when it says that there is no such secret. */
  async #ask(verb: HelperVerb, input: string): Promise<string | null> {
    const helper = await this.helper();
    const { exitCode, output } = await runHelper(helper, verb, input);
    if (exitCode === 0) return output;
    if (notFound.test(output)) return null;
    // On failure the answer is the helper's message; of a helper that printed JSON nothing is repeated.
    throw helperFailed(helper, output.startsWith("{") ? "" : output.slice(0, 200));
  }
}

function checkedKey(key: string): string {
  if (/^[^\s\0]+$/.test(key)) return key;
  throw new BerthError({
    code: "invalid_secret_key",
    message: "A secret's address cannot be empty or hold spaces.",
    hint: "Use the registry's address.",
  });
}
