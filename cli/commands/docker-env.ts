import path from "node:path";
import type { Context } from "../context.ts";
import { exitCodes } from "../failure.ts";
import { escapeText } from "../text.ts";

/** Shells whose syntax is known; `sh` stands for bash, zsh and every other POSIX shell. */
export type Shell = "sh" | "fish" | "powershell" | "cmd";

/** Prints how a shell finds Docker in the VM. */
export async function dockerEnv(context: Context, shell: Shell | undefined): Promise<number> {
  const { environment, platform } = context.surroundings;
  const { docker } = await context.withEngine((client) => client.vm.status());
  const host = dockerHost(docker.socket);
  await context.output.result({ DOCKER_HOST: host }, () =>
    assignment("DOCKER_HOST", host, shell ?? guessShell(environment, platform)),
  );
  return exitCodes.done;
}

/** The address that Docker clients understand, of a socket or of a Windows named pipe. */
export function dockerHost(socket: string): string {
  if (/^[a-z]+:\/\//.test(socket)) return socket;
  return socket.startsWith("\\\\") ? `npipe://${socket.replaceAll("\\", "/")}` : `unix://${socket}`;
}

/** The line that sets a variable in a shell, quoted by the shell's rules. */
export function assignment(name: string, value: string, shell: Shell): string {
  switch (shell) {
    case "fish":
      return `set -gx ${name} '${value.replace(/[\\']/g, "\\$&")}';`;
    case "powershell":
      return `$Env:${name} = '${value.replaceAll("'", "''")}'`;
    case "cmd":
      return `set "${name}=${escapeText(value)}"`;
    case "sh":
      return `export ${name}=${/^[\w./:@%+-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`}`;
  }
}

function guessShell(environment: NodeJS.ProcessEnv, platform: NodeJS.Platform): Shell {
  const shell = path.basename(environment["SHELL"] ?? "");
  if (shell === "fish") return "fish";
  return shell === "" && platform === "win32" ? "powershell" : "sh";
}
