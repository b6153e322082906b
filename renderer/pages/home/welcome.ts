import { engine } from "../../connection/index.ts";
import { toasts } from "../../stores/toasts.svelte.ts";

const IMAGE = "berth/welcome:latest";
const FIRST_PORT = 8080;

/** Runs the welcome container with its page on the first free port from 8080. */
export async function runWelcome(): Promise<void> {
  const client = engine.required;
  const port = await client.ports.check({ hostPort: FIRST_PORT });
  const hostPort = port.free ? FIRST_PORT : port.nextFree;
  await client.containers.run({
    image: IMAGE,
    ports: [{ hostIp: "", hostPort, containerPort: 80, protocol: "tcp" }],
  });
  toasts.done(`Welcome aboard: its page is at http://localhost:${hostPort}`);
}
