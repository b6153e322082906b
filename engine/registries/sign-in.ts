import type Docker from "dockerode";
import { z } from "zod";
import type { RegistryTest } from "../contract/index.ts";
import { dockerStatus, postJson, translateDockerError } from "../docker/index.ts";
import { BerthError } from "../vm.ts";
import { keyOf } from "./keys.ts";

export interface Login {
  username: string;
  password: string;
}

const answerSchema = z.object({ IdentityToken: z.string().nullish() }).nullish().catch(null);

/**
 * Has the Docker engine sign in to a registry (Engine API, "Check auth configuration"): what it can reach and
 * trusts is what counts. Answers the token to keep instead of the password, null where there is none.
 */
export async function checkSignIn(
  docker: Docker,
  address: string,
  login: Login | null,
): Promise<string | null> {
  try {
    const answer = await postJson(docker, {
      path: "/auth",
      body: {
        username: login?.username ?? "",
        password: login?.password ?? "",
        serveraddress: keyOf(address),
      },
    });
    const token = answerSchema.parse(answer)?.IdentityToken ?? "";
    return token === "" ? null : token;
  } catch (error) {
    throw signInProblem(address, login, error);
  }
}

/** The same as an answer that says what is wrong. */
export async function testRegistry(
  docker: Docker,
  address: string,
  login: Login | null,
): Promise<RegistryTest> {
  try {
    await checkSignIn(docker, address, login);
    const message = login === null ? "It answers, without a sign-in." : `It lets ${login.username} in.`;
    return { ok: true, code: "ok", message, hint: "" };
  } catch (error) {
    if (!(error instanceof BerthError) || error.code === "docker_connection_lost") throw error;
    return { ok: false, code: error.code, message: error.message, hint: error.hint };
  }
}

/** What Docker said, as a reason that a person can act on. */
function signInProblem(address: string, login: Login | null, error: unknown): Error {
  const translated = translateDockerError(error);
  if (translated === null || dockerStatus(error) === null)
    return translated ?? new Error("no answer", { cause: error });
  const said = translated.message;
  const make = (code: string, message: string, hint: string) =>
    new BerthError({ code, message, hint, cause: error });
  if (translated.code === "bad_certificate") {
    const why = /: x509: (.+?)\.?$/.exec(said)?.[1] ?? /trusted: (.+?)\.?$/.exec(said)?.[1] ?? said;
    return make(
      "bad_certificate",
      `The certificate of ${address} is not trusted: ${why}.`,
      "Give the registry a certificate of a known authority, or list it under insecure registries.",
    );
  }
  if (translated.code === "not_https") {
    return make(
      "not_https",
      `${address} answers without encryption, and Docker refuses that.`,
      "List it under insecure registries if you trust it and the network.",
    );
  }
  if (translated.code === "sign_in_needed" || /\b401\b|unauthorized/i.test(said)) {
    if (login === null) {
      return make(
        "sign_in_needed",
        `${address} wants you to sign in.`,
        "Sign in with your name and password there.",
      );
    }
    return make(
      "wrong_password",
      `${address} does not accept this name and password.`,
      "Check both. Many registries want an access token instead of the password.",
    );
  }
  if (/no such host|server misbehaving|Temporary failure in name resolution/i.test(said)) {
    return make(
      "unreachable",
      `There is no host called ${address}.`,
      "Check the address, and the VM's network.",
    );
  }
  if (/connection refused/i.test(said)) {
    return make(
      "unreachable",
      `Nothing listens at ${address}.`,
      "Check the port, and that the registry runs.",
    );
  }
  if (/timeout|deadline exceeded|network is unreachable|no route to host|EOF|reset by peer/i.test(said)) {
    return make(
      "unreachable",
      `${address} does not answer: ${said}`,
      "Check the address, the network and the proxy setting.",
    );
  }
  return make(
    "not_a_registry",
    `${address} does not answer as a registry: ${said}`,
    "Check the address: a registry is named without a path.",
  );
}
