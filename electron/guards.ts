import { app, session, shell } from "electron";
import type { WebContents, WebFrameMain } from "electron";
import { appOrigin } from "./content-policy.ts";
import { mayOpenOutside } from "../engine/contract/outside-links.ts";
import type { ShellLog } from "./log.ts";

/**
 * Closes every way out of the window's page: no permissions, no requests beyond our own scheme, no
 * navigation, no pop-ups and no embedded views. Must run before the first window exists.
 */
export function guardPages(log: ShellLog): void {
  const pages = session.defaultSession;
  pages.setPermissionRequestHandler((contents, permission, answer, details) => {
    answer(isCopy(permission) && details.isMainFrame && isOwnPage(contents.getURL()));
  });
  pages.setPermissionCheckHandler((_contents, permission, origin) => isCopy(permission) && isOwnPage(origin));
  pages.setDevicePermissionHandler(() => false);
  pages.webRequest.onBeforeRequest((details, answer) => {
    const allowed = isOwnPage(details.url) || /^(data|blob|devtools):/.test(details.url);
    if (!allowed) log.warn("request refused", { url: details.url.slice(0, 200) });
    answer({ cancel: !allowed });
  });
  app.on("web-contents-created", (_event, contents) => {
    guardContents(contents, log);
  });
}

/** Whether a message came from the main frame of our own page. */
export function isOwnMainFrame(frame: WebFrameMain | null): boolean {
  return frame !== null && frame.parent === null && isOwnPage(frame.url);
}

/** Writing text to the clipboard after a click is the one thing that the page needs beyond its port. */
function isCopy(permission: string): boolean {
  return permission === "clipboard-sanitized-write";
}

function isOwnPage(address: string): boolean {
  return address === appOrigin || address.startsWith(`${appOrigin}/`);
}

function guardContents(contents: WebContents, log: ShellLog): void {
  contents.on("will-attach-webview", (event) => {
    event.preventDefault();
  });
  contents.on("will-frame-navigate", (event) => {
    if (event.isMainFrame && isOwnPage(event.url)) return;
    log.warn("navigation refused", { url: event.url.slice(0, 200) });
    event.preventDefault();
  });
  contents.on("will-redirect", (event) => {
    event.preventDefault();
  });
  // An empty page cannot be refused beforehand: Chromium commits it without asking.
  contents.on("did-navigate", (_event, url) => {
    if (!isOwnPage(url) && !url.startsWith("devtools:")) void contents.loadURL(`${appOrigin}/`);
  });
  contents.setWindowOpenHandler(({ url }) => {
    if (mayOpenOutside(url)) void shell.openExternal(url);
    else log.warn("link refused", { url: url.slice(0, 200) });
    return { action: "deny" };
  });
}
