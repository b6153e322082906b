import { BerthError, systemCode } from "../vm.ts";

interface DockerFailure extends Error {
  statusCode: number;
  json: unknown;
}

/** The HTTP status of Docker's refusal, or null when the error is none. */
export function dockerStatus(error: unknown): number | null {
  return isDockerFailure(error) ? error.statusCode : null;
}

/** What Docker said, for people; null when the error does not come from Docker's API. */
export function translateDockerError(error: unknown): BerthError | null {
  if (isConnectionLoss(error)) {
    return new BerthError({
      code: "docker_connection_lost",
      message: "The connection to Docker broke.",
      hint: "Try again: the connection is rebuilt by itself while the VM runs.",
      cause: error,
    });
  }
  if (!isDockerFailure(error)) return null;
  const said = sentence(messageOf(error));
  const known = recognise(error.statusCode, said);
  return new BerthError({ message: said, ...known, cause: error });
}

/** What a program that speaks for Docker said, in words for people. */
export function explainDockerText(text: string): { code: string; message: string; hint: string } {
  const said = sentence(text);
  return { message: said, ...recognise(500, said) };
}

function recognise(status: number, said: string): { code: string; hint: string; message?: string } {
  const start = /unable to start container process: (.+?)(?:: unknown)?\.?$/is.exec(said);
  if (start) {
    return {
      code: "command_failed",
      message: sentence(`The container's command could not be started: ${start[1] ?? ""}`),
      hint: "Check the command and its arguments.",
    };
  }
  const missing = /no such (\w+)/i.exec(said);
  if (status === 404 && missing) {
    return { code: "not_found", hint: `The ${missing[1]?.toLowerCase()} may have been removed meanwhile.` };
  }
  if (/container name .* is already in use/i.test(said)) {
    const name = /container name "\/?([^"]+)"/i.exec(said)?.[1] ?? "";
    return {
      code: "name_in_use",
      message: `A container named "${name}" exists already.`,
      hint: "Choose another name, or remove that container first.",
    };
  }
  const certificate = /x509: (.+?)\.?$/is.exec(said);
  if (certificate) {
    return {
      code: "bad_certificate",
      message: sentence(`The registry's certificate is not trusted: ${certificate[1] ?? ""}`),
      hint: "Use a registry with a valid certificate, or list it under insecure registries in Settings.",
    };
  }
  if (/server gave HTTP response to HTTPS client/i.test(said)) {
    return {
      code: "not_https",
      message: "The registry answers without encryption, and Docker refuses that.",
      hint: "List it under insecure registries in Settings if you trust it and the network.",
    };
  }
  if (
    /layer verification failed|manifest verification failed|digest .*(mismatch|does not match)|unexpected digest/i.test(
      said,
    )
  ) {
    return {
      code: "digest_mismatch",
      message: `What arrived is not what was asked for: ${said}`,
      hint: "Nothing was kept. Try again; if it stays so, the registry or a proxy on the way alters data.",
    };
  }
  if (/unexpected EOF|connection reset by peer|broken pipe|use of closed network connection/i.test(said)) {
    return {
      code: "connection_cut",
      message: `The connection was cut on the way: ${said}`,
      hint: "Try again: layers that arrived whole are kept.",
    };
  }
  if (
    /pull access denied|repository does not exist|manifest unknown|not found: manifest|name unknown/i.test(
      said,
    )
  ) {
    return { code: "image_not_found", hint: "Check the image's name and tag, or sign in to its registry." };
  }
  if (
    /unauthorized|authentication required|incorrect username or password|no basic auth credentials|denied: requested access/i.test(
      said,
    )
  ) {
    return {
      code: "sign_in_needed",
      message: `The registry does not let you in: ${said}`,
      hint: "Sign in on the Registries page, or check that your account may do this.",
    };
  }
  if (
    /no such host|lookup .* (on|:)|i\/o timeout|connection refused|network is unreachable|TLS handshake/i.test(
      said,
    )
  ) {
    return {
      code: "registry_not_reachable",
      message: `The registry cannot be reached: ${said}`,
      hint: "Check the network and the proxy setting, then try again.",
    };
  }
  if (/port is already allocated|address already in use/i.test(said)) {
    return { code: "port_in_use", hint: "Another container publishes that port: choose another one." };
  }
  if (/no space left on device/i.test(said)) {
    return {
      code: "disk_full",
      hint: "Remove images or volumes that you no longer need, or grow the VM's disk.",
    };
  }
  if (status === 409)
    return { code: "conflict", hint: "Stop the container or use the forced variant, then try again." };
  if (status === 404) return { code: "not_found", hint: "It may have been removed meanwhile." };
  if (status === 400) return { code: "invalid_input", hint: "Correct the input and try again." };
  return { code: "docker_failed", hint: "The Docker engine's log tells more: berth logs dockerd." };
}

/** Whether the error only says that the connection ended, or was ended by us. */
export function isConnectionLoss(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = systemCode(error);
  return (
    code === "ABORT_ERR" ||
    code === "ECONNRESET" ||
    code === "EPIPE" ||
    code === "ERR_STREAM_PREMATURE_CLOSE" ||
    // How the SSH client reports a peer that went silent or away; it has no codes for that.
    /^(No response from server|Not connected|aborted|Keepalive timeout)$/.test(error.message)
  );
}

function isDockerFailure(error: unknown): error is DockerFailure {
  return error instanceof Error && "statusCode" in error && typeof error.statusCode === "number";
}

function messageOf(error: DockerFailure): string {
  const { json } = error;
  if (typeof json === "object" && json !== null && "message" in json && typeof json.message === "string") {
    return json.message;
  }
  return error.message.replace(/^\(HTTP code \d+\) [^-]+- /, "").trim();
}

function sentence(text: string): string {
  const plain = text.replace(/^Error response from daemon: /, "").trim();
  const capital = plain.charAt(0).toUpperCase() + plain.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}
