import { isIPv6 } from "node:net";
import type { Context } from "../context.ts";
import { untilEngineEnds } from "../engine-end.ts";
import { CliFailure, exitCodes, usageFailure } from "../failure.ts";

/** Serves the window to a browser until Ctrl-C. */
export async function serve(context: Context, listen: string): Promise<number> {
  const { host, port } = parseListen(listen);
  return context.withEngine(async (client) => {
    const interrupted = new AbortController();
    const forget = context.surroundings.onInterrupt(() => {
      interrupted.abort();
    });
    try {
      const { address } = await client.serve.start({ host, port });
      if (!isLoopback(host)) {
        context.output.note(
          "Other computers of your network can reach this address; the token in it lets them in.",
        );
      }
      await context.output.result({ address }, () => address);
      context.output.note("Open it in a browser. Ctrl-C ends serving.");
      await untilEngineEnds(client, interrupted.signal);
      if (!interrupted.signal.aborted) throw engineGone();
      await client.serve.stop();
      return exitCodes.done;
    } finally {
      forget();
    }
  });
}

/** `127.0.0.1:8080`, `[::1]:0`, `localhost:8080` or a port alone. */
export function parseListen(listen: string): { host: string; port: number } {
  const match = /^(?:(?:\[([^\]]+)\]|([^:]*)):)?(\d{1,5})$/.exec(listen);
  const port = Number(match?.[3]);
  const address = match?.[1];
  if (match === null || port > 65_535 || (address !== undefined && !isIPv6(address))) {
    throw usageFailure(
      `"${listen}" is not an address to listen on.`,
      "Write ADDRESS:PORT, for example 127.0.0.1:8080.",
    );
  }
  return { host: address ?? (match[2] || "127.0.0.1"), port };
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}

function engineGone(): CliFailure {
  return new CliFailure(
    {
      code: "engine-gone",
      message: "Serving ended because Berth's engine ended.",
      hint: "Run berth serve again; if it ends again, look at berth logs engine.",
    },
    exitCodes.failed,
  );
}
