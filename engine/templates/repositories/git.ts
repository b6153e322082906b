import { spawn } from "node:child_process";
import { devNull } from "node:os";
import { BerthError, systemCode } from "../../vm.ts";

export interface GitOptions {
  cwd?: string;
  timeoutMs?: number;
  signal?: AbortSignal;
  /** User name and token for an https address; they travel in the environment, never in arguments. */
  credentials?: { url: string; username: string; token: string } | undefined;
  /** Called every half second while git runs; what it throws ends git. */
  watch?: () => Promise<void>;
  /** Exit codes that are no failure. */
  accept?: readonly number[];
}

export interface GitResult {
  exitCode: number;
  stdout: string;
}

const DEFAULT_TIMEOUT_MS = 120_000;
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;
const WATCH_INTERVAL_MS = 500;

/**
 * What holds for every call: nothing of the repository is run (no hooks, no file system monitor, no
 * submodules), no link is followed, nothing is asked on a terminal, and only these protocols are spoken.
 */
const hardened: readonly (readonly [string, string])[] = [
  ["core.hooksPath", devNull],
  ["core.fsmonitor", "false"],
  ["core.symlinks", "false"],
  ["core.protectHFS", "true"],
  ["core.protectNTFS", "true"],
  ["core.autocrlf", "false"],
  ["core.attributesFile", devNull],
  ["credential.helper", ""],
  ["fetch.fsckObjects", "true"],
  ["gc.auto", "0"],
  ["maintenance.auto", "false"],
  ["protocol.allow", "never"],
  ["protocol.https.allow", "always"],
  ["protocol.http.allow", "always"],
  ["protocol.ssh.allow", "always"],
  ["protocol.file.allow", "always"],
  ["submodule.recurse", "false"],
  ["commit.gpgSign", "false"],
  ["safe.directory", "*"],
];

/** Runs git with an array of arguments and hardened settings; throws a BerthError with git's own last words. */
export async function git(args: readonly string[], options: GitOptions = {}): Promise<GitResult> {
  const settings = [...hardened, ...credentialSettings(options)];
  const environment: NodeJS.ProcessEnv = {
    ...inherited(),
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: devNull,
    GIT_TERMINAL_PROMPT: "0",
    GIT_ASKPASS: "",
    SSH_ASKPASS: "",
    GIT_SSH_COMMAND: "ssh -o BatchMode=yes -o ForwardAgent=no -o ConnectTimeout=15",
    GIT_CONFIG_COUNT: String(settings.length),
    LC_ALL: "C",
  };
  settings.forEach(([key, value], index) => {
    environment[`GIT_CONFIG_KEY_${index}`] = key;
    environment[`GIT_CONFIG_VALUE_${index}`] = value;
  });
  return run(args, options, environment);
}

function inherited(): NodeJS.ProcessEnv {
  const kept =
    /^(?:PATH|HOME|USER|LOGNAME|TMPDIR|TEMP|TMP|SYSTEMROOT|USERPROFILE|APPDATA|SSH_AUTH_SOCK|SSL_CERT_FILE|SSL_CERT_DIR|(?:https?|all|no)_proxy)$/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => kept.test(name)));
}

function credentialSettings({ credentials }: GitOptions): [string, string][] {
  if (credentials === undefined) return [];
  const { origin } = new URL(credentials.url);
  const basic = Buffer.from(`${credentials.username}:${credentials.token}`).toString("base64");
  return [[`http.${origin}/.extraHeader`, `Authorization: Basic ${basic}`]];
}

function run(args: readonly string[], options: GitOptions, env: NodeJS.ProcessEnv): Promise<GitResult> {
  return new Promise((resolve, reject) => {
    const child = spawn("git", args, {
      cwd: options.cwd,
      env,
      stdio: ["ignore", "pipe", "pipe"],
      windowsHide: true,
    });
    let stdout = "";
    let stderr = "";
    let reason: Error | null = null;
    const end = (why: Error) => {
      reason ??= why;
      child.kill("SIGKILL");
    };
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const timer = setTimeout(() => {
      end(gitFailure(`git did not finish within ${Math.round(timeoutMs / 1000)} seconds`));
    }, timeoutMs);
    const watcher = setInterval(() => {
      options.watch?.().catch((error: unknown) => {
        end(error instanceof Error ? error : gitFailure("git was stopped"));
      });
    }, WATCH_INTERVAL_MS);
    const cancel = () => {
      end(
        new BerthError({
          code: "cancelled",
          message: "It was cancelled.",
          hint: "Start it again when you like.",
        }),
      );
    };
    options.signal?.addEventListener("abort", cancel, { once: true });
    const settle = () => {
      clearTimeout(timer);
      clearInterval(watcher);
      options.signal?.removeEventListener("abort", cancel);
    };
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      if (stdout.length > MAX_OUTPUT_BYTES) end(gitFailure("git said more than Berth reads"));
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr = (stderr + text).slice(-8192)));
    child.on("error", (error) => {
      settle();
      reject(systemCode(error) === "ENOENT" ? noGit(error) : gitFailure(error.message, error));
    });
    child.on("close", (code) => {
      settle();
      if (reason !== null) reject(reason);
      else if (code !== null && (code === 0 || options.accept?.includes(code) === true)) {
        resolve({ exitCode: code, stdout });
      } else reject(gitFailure(lastWords(stderr)));
    });
  });
}

/** Git's last line that says what went wrong, without credentials in addresses. */
function lastWords(stderr: string): string {
  const lines = stderr
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const told =
    lines.findLast((line) => /^(?:fatal|error|remote):/i.test(line)) ?? lines.at(-1) ?? "git failed";
  return told
    .replace(/^(?:fatal|error|remote):\s*/i, "")
    .replaceAll(/:\/\/[^\s/@]+@/g, "://")
    .slice(0, 300);
}

function gitFailure(said: string, cause?: unknown): BerthError {
  return new BerthError({
    code: "git_failed",
    message: `git: ${said.replace(/\.$/, "")}.`,
    hint: "Check the address, the network and your rights to the repository.",
    cause,
  });
}

function noGit(cause: unknown): BerthError {
  return new BerthError({
    code: "no_git",
    message: "The program git is not installed.",
    hint: "Install git, then try again.",
    cause,
  });
}
