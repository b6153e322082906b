import type { RunSpec } from "../../../engine/contract/index.ts";
import { quoteWord } from "./shell-words.ts";

/** The `docker run` command that does what the form does, one option a line. */
export function runPreview(spec: RunSpec): string {
  const image = [spec.image, ...(spec.command ?? [])].map(quoteWord).join(" ");
  return ["docker run -d", ...options(spec), image].join(" \\\n  ");
}

function options(spec: RunSpec): string[] {
  const list: [string, string][] = [
    ...(spec.name === undefined ? [] : [["--name", spec.name] as [string, string]]),
    ...spec.ports.map((port): [string, string] => ["-p", portOption(port)]),
    ...spec.environment.map(({ name, value }): [string, string] => ["-e", `${name}=${value}`]),
    ...spec.volumes.map(({ volume, containerPath, readOnly }): [string, string] => [
      "-v",
      `${volume}:${containerPath}${readOnly ? ":ro" : ""}`,
    ]),
    ...(spec.restartPolicy === "no" ? [] : [["--restart", spec.restartPolicy] as [string, string]]),
  ];
  const written = list.map(([flag, value]) => `${flag} ${quoteWord(value)}`);
  return spec.autoRemove ? [...written, "--rm"] : written;
}

function portOption({ hostIp, hostPort, containerPort, protocol }: RunSpec["ports"][number]): string {
  const address = hostIp === "" ? "" : `${hostIp.includes(":") ? `[${hostIp}]` : hostIp}:`;
  const host = hostPort === null ? (address === "" ? "" : ":") : `${hostPort}:`;
  return `${address}${host}${containerPort}${protocol === "tcp" ? "" : `/${protocol}`}`;
}
