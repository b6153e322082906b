import type { PortForward } from "../../engine/contract/index.ts";
import type { Context } from "../context.ts";
import { exitCodes } from "../failure.ts";
import { escapeText, formatTable } from "../text.ts";

/** Lists every published port. */
export async function ports(context: Context): Promise<number> {
  const forwards = await context.withEngine((client) => client.ports.list());
  await context.output.result(forwards, () => formatForwards(forwards));
  return exitCodes.done;
}

function formatForwards(forwards: PortForward[]): string {
  if (forwards.length === 0) return "No port is published.";
  const rows = forwards.map((forward) => [
    `${forward.host.includes(":") ? `[${forward.host}]` : forward.host}:${forward.hostPort}`,
    `${forward.guestPort}/${forward.protocol}`,
    escapeText(forward.container),
    forward.state,
    escapeText(forward.problem ?? ""),
  ]);
  return formatTable(["ADDRESS", "IN THE VM", "CONTAINER", "STATE", "PROBLEM"], rows);
}
