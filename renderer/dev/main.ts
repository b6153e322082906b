/**
 * The window with an engine in memory: `npx vite`, then open `/dev/index.html?scene=running&theme=light`.
 * Production builds start at the page beside `main.ts` and contain nothing of this.
 */
import "../strict-zod.ts";
import { READY_MESSAGE, PORT_MESSAGE } from "../connection/transport.ts";
import { SCENES, type Scene } from "./fake-data.ts";
import { serveFakeEngine } from "./fake-engine.ts";

const query = new URLSearchParams(location.search);
const wanted = query.get("scene");
const scene: Scene = SCENES.find((name) => name === wanted) ?? "running";
const theme = query.get("theme");
/** Scene `offline`: what the shell says when no engine can be started. */
const noEngine = {
  code: "disk_full",
  message: "The engine could not start, because the disk of this computer is full.",
  hint: "Free some space; Berth tries again by itself.",
};

window.addEventListener("message", (event: MessageEvent<unknown>) => {
  if (event.data !== READY_MESSAGE) return;
  if (wanted === "offline") {
    window.postMessage({ type: "berth:notice", notice: noEngine }, location.origin);
    return;
  }
  const channel = new MessageChannel();
  serveFakeEngine(channel.port1, scene, theme === "dark" || theme === "light" ? theme : "system");
  window.postMessage(PORT_MESSAGE, location.origin, [channel.port2]);
});

await import("../main.ts");
