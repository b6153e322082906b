import { ipcRenderer } from "electron";

/** The little of the page's world that is used here; the rest of the program has no DOM. */
interface PageWindow {
  location: { origin: string };
  addEventListener(type: "message", listener: (event: { source: unknown; data: unknown }) => void): void;
  postMessage(message: unknown, origin: string, transfer?: unknown[]): void;
}
declare const window: PageWindow;

window.addEventListener("message", (event) => {
  if (event.source === window && event.data === "berth:ready") ipcRenderer.send("berth:ready");
});

ipcRenderer.on("berth:port", (event) => {
  window.postMessage("berth:port", window.location.origin, event.ports);
});

ipcRenderer.on("berth:notice", (_event, notice: unknown) => {
  window.postMessage({ type: "berth:notice", notice }, window.location.origin);
});
