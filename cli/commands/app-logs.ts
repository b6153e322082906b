import { readStream } from "../../engine/contract/index.ts";
import type { Context } from "../context.ts";
import { exitCodes, usageFailure } from "../failure.ts";
import { escapeText, jsonLine, plainLogLine } from "../text.ts";
import { required } from "./app.ts";

export interface AppLogsOptions {
  services: string[];
  follow: boolean;
  tailLines: number;
}

/** Prints the logs of an app's containers together, each line with its service; `--json` prints objects. */
export async function appLogs(context: Context, name: string, options: AppLogsOptions): Promise<number> {
  const { output } = context;
  await context.withEngine(async (client) => {
    const app = await required(client, name);
    const unknown = options.services.find(
      (wanted) => !app.services.some((service) => service.name === wanted),
    );
    if (unknown !== undefined) {
      const names = app.services.map((service) => service.name).join(", ");
      throw usageFailure(`${name} has no service "${escapeText(unknown)}".`, `Its services are: ${names}.`);
    }
    const shown = app.services.filter(
      ({ name: service }) => options.services.length === 0 || options.services.includes(service),
    );
    const serviceOf = new Map(
      shown.flatMap((service) => service.containers.map((id) => [id, service.name] as const)),
    );
    if (serviceOf.size === 0) return;
    const width = Math.max(...shown.map((service) => service.name.length));
    const containers = [...serviceOf.keys()].map((id) => ({ id }));
    const { follow, tailLines } = options;
    for await (const item of readStream(client, client.logs.follow({ containers, follow, tailLines }))) {
      if (item.kind !== "line") continue;
      const service = serviceOf.get(item.container) ?? "";
      const line = output.json
        ? jsonLine({ service, container: item.container, source: item.source, at: item.at, line: item.text })
        : `${output.style("cyan", escapeText(service).padEnd(width))}  ${plainLogLine(item.text)}`;
      await output.write(`${line}\n`);
      if (output.readerGone.aborted) break;
    }
  });
  return exitCodes.done;
}
