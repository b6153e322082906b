import type Docker from "dockerode";
import { z } from "zod";
import { LineSplitter } from "../text/line-splitter.ts";
import { openStream } from "./client.ts";

const eventSchema = z.object({
  Type: z.string(),
  Action: z.string(),
  Actor: z.object({ ID: z.string(), Attributes: z.record(z.string(), z.string()).nullish() }),
});
export type DockerEvent = z.infer<typeof eventSchema>;

/** What changes a list. Others (a health check runs `exec` every few seconds) would only wake us up. */
const actions = {
  container: [
    "create",
    "start",
    "restart",
    "stop",
    "die",
    "oom",
    "pause",
    "unpause",
    "rename",
    "update",
    "destroy",
    "health_status",
  ],
  image: ["pull", "push", "load", "import", "tag", "untag", "delete", "prune", "build"],
  volume: ["create", "destroy", "prune"],
  network: ["create", "connect", "disconnect", "destroy", "prune"],
};

const MAX_EVENT_BYTES = 1024 * 1024;

/** Opens the event stream; events from this moment on are not missed. The iterator ends with the stream. */
export async function openEvents(
  docker: Docker,
  signal: AbortSignal,
): Promise<AsyncGenerator<DockerEvent, void, void>> {
  const filters = JSON.stringify({
    type: Object.keys(actions),
    event: [...new Set(Object.values(actions).flat())],
  });
  return readEvents(await openStream(docker, { path: "/events", query: { filters }, signal }));
}

async function* readEvents(chunks: AsyncIterable<Buffer>): AsyncGenerator<DockerEvent, void, void> {
  const splitter = new LineSplitter(MAX_EVENT_BYTES);
  for await (const chunk of chunks) {
    for (const line of splitter.push(chunk)) {
      if (line !== "") yield eventSchema.parse(JSON.parse(line));
    }
  }
}
