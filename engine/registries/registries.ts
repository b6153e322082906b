import path from "node:path";
import type Docker from "dockerode";
import type {
  ContainerSummary,
  Registries as RegistryList,
  Registry,
  RegistryTest,
} from "../contract/index.ts";
import { DOCKER_HUB, parseReference } from "../docker/index.ts";
import { Wakeup } from "../live/wakeup.ts";
import type { SecretStore } from "../secrets/index.ts";
import { BerthError } from "../vm.ts";
import { shareSignIn, unshareSignIn } from "./docker-cli.ts";
import { addressOf, keyOf } from "./keys.ts";
import { checkSignIn, type Login, testRegistry } from "./sign-in.ts";

export interface RegistriesHost {
  docker: Docker;
  secrets: SecretStore;
  insecure: () => readonly string[];
  containers: () => readonly ContainerSummary[];
  /** Settings or containers changed; returns how to stop. */
  onChange: (listener: () => void) => () => void;
}

/** Docker's name for a token that stands for the password. */
const TOKEN_USER = "<token>";
const REGISTRY_PORT = 5000;

/** Who is signed in where. The passwords are in the keychain, through the helpers that docker's client uses. */
export class Registries {
  readonly #host: RegistriesHost;
  readonly #listeners = new Set<() => void>();

  constructor(host: RegistriesHost) {
    this.#host = host;
  }

  async list(): Promise<RegistryList> {
    const stored = await this.#stored();
    const users = new Map<string, string>();
    for (const [key, username] of Object.entries(stored.users)) {
      const address = addressOf(key);
      if (address !== null) users.set(address, username === TOKEN_USER ? "access token" : username);
    }
    const containers = registryContainers(this.#host.containers());
    const insecure = this.#host.insecure();
    const addresses = new Set([DOCKER_HUB, ...users.keys(), ...containers.keys(), ...insecure]);
    const registries = [...addresses].map((id): Registry => ({
      id,
      title: id === DOCKER_HUB ? "Docker Hub" : id,
      username: users.get(id) ?? null,
      insecure: insecure.includes(id),
      container: containers.get(id) ?? null,
    }));
    const { helper, problem } = stored;
    return { registries, helper: helper === null ? null : path.basename(helper), problem };
  }

  /** The list now and after every change. */
  async *follow(signal: AbortSignal): AsyncGenerator<RegistryList, void, void> {
    const wakeup = new Wakeup(signal);
    const notify = () => wakeup.notify();
    this.#listeners.add(notify);
    const stop = this.#host.onChange(notify);
    let last = "";
    try {
      wakeup.notify();
      while (await wakeup.next()) {
        const list = await this.list();
        const text = JSON.stringify(list);
        if (text !== last) yield list;
        last = text;
      }
    } finally {
      stop();
      this.#listeners.delete(notify);
    }
  }

  async signIn(address: string, login: Login): Promise<void> {
    // Without a place for the password it is not even sent.
    const helper = await this.#host.secrets.helper();
    const token = await checkSignIn(this.#host.docker, address, login);
    const secret =
      token === null
        ? { username: login.username, secret: login.password }
        : { username: TOKEN_USER, secret: token };
    await this.#host.secrets.store(keyOf(address), secret);
    await shareSignIn(address, helper);
    this.#changed();
  }

  async signOut(address: string): Promise<void> {
    const helper = await this.#host.secrets.helper();
    await this.#host.secrets.erase(keyOf(address));
    await unshareSignIn(address, helper);
    this.#changed();
  }

  /** With the given sign-in, else with the one that is kept, else without any. */
  async test(address: string, login: Login | null): Promise<RegistryTest> {
    return testRegistry(this.#host.docker, address, login ?? (await this.loginOf(address)));
  }

  /** The sign-in that is kept for a registry, null where there is none or no keychain to ask. */
  async loginOf(address: string): Promise<Login | null> {
    try {
      const found = await this.#host.secrets.get(keyOf(address));
      return found === null ? null : { username: found.username, password: found.secret };
    } catch (error) {
      if (error instanceof BerthError && error.code === "no_credential_helper") return null;
      throw error;
    }
  }

  /** Every sign-in, as the `auths` of docker's config.json; for a build, whose bases may be anywhere. */
  async dockerAuths(): Promise<Record<string, { auth: string } | { identitytoken: string }>> {
    const { users } = await this.#stored();
    const auths: Record<string, { auth: string } | { identitytoken: string }> = {};
    for (const key of Object.keys(users)) {
      const address = addressOf(key);
      const login = address === null ? null : await this.loginOf(address);
      if (login === null) continue;
      auths[key] =
        login.username === TOKEN_USER
          ? { identitytoken: login.password }
          : { auth: Buffer.from(`${login.username}:${login.password}`).toString("base64") };
    }
    return auths;
  }

  /** Value of X-Registry-Auth for an image's registry (Engine API, "Authentication"). */
  async authFor(reference: string): Promise<string | undefined> {
    const { registry } = parseReference(reference);
    const login = await this.loginOf(registry);
    if (login === null) return undefined;
    const config =
      login.username === TOKEN_USER
        ? { identitytoken: login.password, serveraddress: keyOf(registry) }
        : { ...login, serveraddress: keyOf(registry) };
    return Buffer.from(JSON.stringify(config)).toString("base64url");
  }

  async #stored(): Promise<{
    users: Record<string, string>;
    helper: string | null;
    problem: { message: string; hint: string } | null;
  }> {
    try {
      const helper = await this.#host.secrets.helper();
      return { helper, users: await this.#host.secrets.list(), problem: null };
    } catch (error) {
      if (!(error instanceof BerthError)) throw error;
      return { helper: null, users: {}, problem: { message: error.message, hint: error.hint } };
    }
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** Registries that run as containers, by the address to push to. */
function registryContainers(containers: readonly ContainerSummary[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const { name, image, state, ports } of containers) {
    if (state !== "running" || !/(^|\/)registry(:|@|$)/.test(image)) continue;
    const port = ports.find(
      ({ containerPort, hostPort }) => containerPort === REGISTRY_PORT && hostPort !== null,
    );
    if (port !== undefined) found.set(`localhost:${port.hostPort ?? 0}`, name);
  }
  return found;
}
