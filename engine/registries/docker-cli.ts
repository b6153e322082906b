import { mkdir, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { z } from "zod";
import { systemCode, writeFileAtomically } from "../vm.ts";
import { keyOf } from "./keys.ts";

const configSchema = z.looseObject({
  credsStore: z.string().optional(),
  credHelpers: z.record(z.string(), z.string()).optional(),
});
type DockerConfig = z.infer<typeof configSchema>;

/**
 * Tells the docker client in which helper a registry's sign-in is (`credHelpers` of its config.json), so that it
 * shares it. Nothing is written where the client uses that helper anyway; all else in the file stays as it is.
 */
export async function shareSignIn(address: string, helper: string): Promise<void> {
  const name = helperName(helper);
  const config = await read();
  if (name === null || config === null) return;
  if (config.credsStore === name || config.credHelpers?.[keyOf(address)] === name) return;
  await write({ ...config, credHelpers: { ...config.credHelpers, [keyOf(address)]: name } });
}

/** Takes back what `shareSignIn` wrote. */
export async function unshareSignIn(address: string, helper: string): Promise<void> {
  const config = await read();
  const key = keyOf(address);
  if (config?.credHelpers === undefined || config.credHelpers[key] !== helperName(helper)) return;
  const others = Object.entries(config.credHelpers).filter(([name]) => name !== key);
  const credHelpers = others.length === 0 ? undefined : Object.fromEntries(others);
  await write({ ...config, credHelpers });
}

/** `docker-credential-pass` is called `pass` in the file; a program of another name cannot be named there. */
function helperName(program: string): string | null {
  return /^docker-credential-(.+?)(?:\.exe)?$/.exec(path.basename(program))?.[1] ?? null;
}

function configFile(): string {
  return path.join(process.env["DOCKER_CONFIG"] ?? path.join(homedir(), ".docker"), "config.json");
}

/** Null when there is a file that we do not understand: then it is not ours to write. */
async function read(): Promise<DockerConfig | null> {
  try {
    return configSchema.parse(JSON.parse(await readFile(configFile(), "utf8")));
  } catch (error) {
    return systemCode(error) === "ENOENT" ? {} : null;
  }
}

async function write(config: DockerConfig): Promise<void> {
  await mkdir(path.dirname(configFile()), { recursive: true, mode: 0o700 });
  await writeFileAtomically(configFile(), `${JSON.stringify(config, null, "\t")}\n`);
}
