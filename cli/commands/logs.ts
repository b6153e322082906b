import { readStream } from "../../engine/contract/index.ts";
import type { LogSource } from "../../engine/contract/index.ts";
import type { Context } from "../context.ts";
import { exitCodes } from "../failure.ts";
import { jsonLine, plainLogLine } from "../text.ts";

export interface LogsOptions {
  source: LogSource;
  follow: boolean;
  tailLines: number;
}

/** Prints a log line by line, with `--json` each as `{"source","line"}`. */
export async function logs(context: Context, options: LogsOptions): Promise<number> {
  const { output } = context;
  await context.withEngine(async (client) => {
    for await (const line of readStream(client, client.vm.logs(options))) {
      const text = output.json ? jsonLine({ source: options.source, line }) : plainLogLine(line);
      await output.write(`${text}\n`);
      if (output.readerGone.aborted) break;
    }
  });
  return exitCodes.done;
}
