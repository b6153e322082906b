import tls from "node:tls";
import { z } from "zod";
import { BerthError, type Tunnel } from "../vm.ts";
import { getFromGuest, type HttpAnswer } from "./guest-http.ts";
import type { Login } from "./sign-in.ts";

export interface RegistryAccess {
  guest: Pick<Tunnel, "connectTcp" | "exec">;
  address: string;
  login: Login | null;
  /** Certificates are not checked, and plain HTTP will do. */
  insecure: boolean;
}

const challenge = /^(Basic|Bearer)\s+(.*)$/i;
const tokenAnswer = z.object({ token: z.string().optional(), access_token: z.string().optional() });
/** Docker takes these for insecure by itself. */
const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/;

/**
 * Asks a registry (OCI distribution specification) and answers its JSON, signing in as it demands: with the
 * password, or with a token from where the registry says (Docker token authentication specification).
 */
export async function askRegistry(
  access: RegistryAccess,
  path: string,
  scope: string,
): Promise<{ json: unknown; next: string | null }> {
  const relaxed = access.insecure || loopback.test(access.address);
  const trusted = relaxed ? null : await trustedCertificates(access);
  const get = (base: string, headers: Record<string, string> = {}) =>
    getFromGuest(access.guest, { url: new URL(path, base), headers, trusted });
  let base = `https://${access.address}`;
  let answer: HttpAnswer;
  try {
    answer = await get(base);
  } catch (error) {
    if (!relaxed) throw unreachable(access.address, error);
    base = `http://${access.address}`;
    answer = await get(base).catch((plain: unknown) => {
      throw unreachable(access.address, plain);
    });
  }
  if (answer.status === 401) {
    const authorization = await authorize(access, answer, scope, trusted);
    if (authorization !== null) answer = await get(base, { authorization });
  }
  if (answer.status !== 200) throw refused(access, answer.status);
  try {
    return {
      json: JSON.parse(answer.body),
      next: /<([^>]+)>;\s*rel="?next/.exec(String(answer.headers.link))?.[1] ?? null,
    };
  } catch (error) {
    throw refused(access, answer.status, error);
  }
}

async function authorize(
  { guest, login }: RegistryAccess,
  { headers }: HttpAnswer,
  scope: string,
  trusted: string[] | null,
): Promise<string | null> {
  const [, scheme = "", rest = ""] = challenge.exec(headers["www-authenticate"] ?? "") ?? [];
  const basic =
    login === null ? null : `Basic ${Buffer.from(`${login.username}:${login.password}`).toString("base64")}`;
  if (scheme.toLowerCase() !== "bearer") return basic;
  const parameters = new Map(
    [...rest.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = "", value = ""]) => [name, value]),
  );
  const realm = parameters.get("realm");
  if (realm === undefined || !URL.canParse(realm)) return null;
  const url = new URL(realm);
  const service = parameters.get("service");
  if (service !== undefined) url.searchParams.set("service", service);
  url.searchParams.set("scope", parameters.get("scope") ?? scope);
  const answer = await getFromGuest(guest, {
    url,
    headers: basic === null ? {} : { authorization: basic },
    trusted,
  });
  if (answer.status !== 200) return null;
  const { token, access_token: other } = tokenAnswer.parse(JSON.parse(answer.body));
  const value = token ?? other;
  return value === undefined ? null : `Bearer ${value}`;
}

/** What dockerd trusts: the guest's authorities, and the registry's own where somebody put it there. */
async function trustedCertificates({ guest, address }: RegistryAccess): Promise<string[]> {
  const read = async (file: string) => {
    const { stdout, exitCode } = await guest.exec(["cat", "--", file], { timeoutMs: 10_000 });
    return exitCode === 0 ? [stdout] : [];
  };
  const [system, own] = await Promise.all([
    read("/etc/ssl/certs/ca-certificates.crt"),
    read(`/etc/docker/certs.d/${address}/ca.crt`),
  ]);
  return [...(system.length === 0 ? tls.rootCertificates : system), ...own];
}

function refused({ address, login }: RegistryAccess, status: number, cause?: unknown): BerthError {
  if (status === 401 || status === 403) {
    return new BerthError({
      code: "sign_in_needed",
      message:
        login === null
          ? `${address} wants you to sign in.`
          : `${address} does not let ${login.username} see this.`,
      hint: "Sign in on the Registries page with an account that may.",
      cause,
    });
  }
  if (status === 404) {
    return new BerthError({
      code: "not_found",
      message: `${address} does not have that, or does not list what it has.`,
      hint: "Type the image's whole name to pull it.",
      cause,
    });
  }
  return new BerthError({
    code: "not_a_registry",
    message: `${address} does not answer as a registry (status ${status}).`,
    hint: "Check the address.",
    cause,
  });
}

function unreachable(address: string, cause: unknown): BerthError {
  if (cause instanceof BerthError && cause.code === "vm_not_running") return cause;
  const said = cause instanceof Error ? cause.message : "";
  if (/certificate|self.signed|altnames/i.test(said)) {
    return new BerthError({
      code: "bad_certificate",
      message: `The certificate of ${address} is not trusted: ${said}.`,
      hint: "Give the registry a certificate of a known authority, or list it under insecure registries.",
      cause,
    });
  }
  return new BerthError({
    code: "registry_not_reachable",
    message: `${address} cannot be reached from the VM.`,
    hint: "Check the address and the network, then try again.",
    cause,
  });
}
