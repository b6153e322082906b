import { spawn } from "node:child_process";
import type { Surroundings } from "./surroundings.ts";
import { CliFailure, exitCodes } from "./failure.ts";

const programs: Partial<Record<NodeJS.Platform, [string, ...string[]]>> = {
  darwin: ["open"],
  // Not `start`: that is a word of the shell, which would read the address as commands.
  win32: ["rundll32", "url.dll,FileProtocolHandler"],
};

/** Opens an address in the person's browser. */
export async function openAddress({ platform, environment }: Surroundings, url: string): Promise<void> {
  const [program, ...words] = programs[platform] ?? ["xdg-open"];
  const failed = await new Promise<boolean>((resolve) => {
    const child = spawn(program, [...words, url], { stdio: "ignore", detached: true, env: environment });
    child.once("error", () => resolve(true));
    child.once("spawn", () => {
      child.unref();
      resolve(false);
    });
  });
  if (!failed) return;
  throw new CliFailure(
    { code: "no_browser", message: `No program was found that opens ${url}.`, hint: "Open it yourself." },
    exitCodes.failed,
  );
}
