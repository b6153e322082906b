import { readFileSync, readlinkSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { withoutVm } from "./support/berth.ts";
import { endProcessesOf, processesOf } from "./support/processes.ts";
import { launchShell } from "./support/shell.ts";
import type { Shell } from "./support/shell.ts";
import { createStage } from "./support/stage.ts";
import type { Stage } from "./support/stage.ts";

let stage: Stage;
let home: string;
let shell: Shell;
let page: Page;
let outside: http.Server;
let outsideAddress: string;
const outsideRequests: string[] = [];

beforeAll(async () => {
  outside = http.createServer((request, response) => {
    outsideRequests.push(request.url ?? "");
    response.setHeader("Access-Control-Allow-Origin", "*").end("outside");
  });
  await new Promise<void>((resolve) => outside.listen(0, "127.0.0.1", resolve));
  outsideAddress = `http://127.0.0.1:${(outside.address() as AddressInfo).port}`;

  stage = await createStage();
  home = await stage.home("security");
  await withoutVm(stage, home);
  shell = await launchShell(stage, home);
  page = await shell.window();
  await page.waitForLoadState("load");
});

afterAll(async () => {
  outside.close();
  await endProcessesOf(home);
  await stage.remove();
});

/** Runs statements in the page as the page itself would: not from the debugger, which may more. */
function inPage(body: string): Promise<unknown> {
  return page.evaluate(
    `new Promise((done, failed) => setTimeout(() => (async () => { ${body} })().then(done, (e) => failed(e)), 0))`,
  );
}

test("every page runs in a real operating-system sandbox", () => {
  const renderers = processesOf(home).filter(({ command }) => command.includes("--type=renderer"));
  expect(renderers).not.toHaveLength(0);
  for (const { pid, command } of renderers) {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    expect(command).not.toContain("--no-sandbox");
    expect(status).toMatch(/^Seccomp:\s+2$/m);
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
    expect(readlinkSync(`/proc/${pid}/ns/net`)).not.toBe(readlinkSync(`/proc/${shell.pid}/ns/net`));
  }
});

test("the page has no Node.js and the preload adds nothing to it", async () => {
  const names = ["require", "process", "module", "Buffer", "global", "electron", "ipcRenderer", "__dirname"];
  const types = await inPage(`return ${JSON.stringify(names)}.map((name) => typeof globalThis[name])`);
  expect(types).toEqual(names.map(() => "undefined"));
});

test("the policy blocks inline scripts, eval and string sinks", async () => {
  const result = await inPage(`
    const tried = {};
    const attempt = (name, action) => { try { action(); tried[name] = "ran" } catch (e) { tried[name] = e.name } };
    attempt("eval", () => (0, eval)("1"));
    attempt("function", () => new Function("return 1")());
    attempt("innerHTML", () => { document.createElement("div").innerHTML = "<b>x</b>" });
    attempt("script text", () => { document.createElement("script").textContent = "1" });
    const button = document.createElement("button");
    attempt("handler", () => button.setAttribute("onclick", "window.handlerRan = true"));
    document.body.append(button); button.click(); button.remove();
    tried.handlerRan = window.handlerRan === true;
    return tried;`);
  expect(result).toEqual({
    eval: "EvalError",
    function: "EvalError",
    innerHTML: "TypeError",
    "script text": "TypeError",
    handler: "TypeError",
    handlerRan: false,
  });
});

test("nothing is fetched from elsewhere", async () => {
  const result = await inPage(`
    const outside = ${JSON.stringify(outsideAddress)};
    const loaded = (name) => new Promise((resolve) => {
      const element = document.createElement(name);
      element.onload = () => resolve("loaded");
      element.onerror = () => resolve("blocked");
      if (name === "link") { element.rel = "stylesheet"; element.href = outside + "/style" }
      else element.src = outside + "/" + name;
      document.body.append(element);
    });
    const socket = new Promise((resolve) => {
      try {
        const socket = new WebSocket(outside.replace("http", "ws"));
        socket.onerror = () => resolve("blocked");
        socket.onopen = () => resolve("open");
      } catch { resolve("blocked") }
    });
    return {
      fetch: await fetch(outside + "/fetch").then(() => "loaded", () => "blocked"),
      img: await loaded("img"),
      link: await loaded("link"),
      socket: await socket,
    };`);
  expect(result).toEqual({ fetch: "blocked", img: "blocked", link: "blocked", socket: "blocked" });
  expect(outsideRequests).toEqual([]);
});

test("the scheme serves the page's own files and nothing beside them", async () => {
  const result = await inPage(`
    const get = async (address, method = "GET") => {
      try { return (await fetch(address, { method })).status } catch { return "refused" }
    };
    const index = await fetch("berth://app/");
    return {
      type: index.headers.get("content-type"),
      policy: index.headers.get("content-security-policy"),
      sniff: index.headers.get("x-content-type-options"),
      missing: await get("/no-such-file.js"),
      up: await get("/..%2fpackage.json"),
      upTwice: await get("/assets/..%2f..%2fpackage.json"),
      backslash: await get("/..%5cpackage.json"),
      zero: await get("/index.html%00.js"),
      post: await get("/", "POST"),
      otherHost: await get("berth://other/"),
      file: await get("file:///etc/passwd"),
    };`);
  expect(result).toEqual({
    type: "text/html; charset=utf-8",
    policy: expect.stringContaining("default-src 'none'") as unknown,
    sniff: "nosniff",
    missing: 404,
    up: 403,
    upTwice: 403,
    backslash: 403,
    zero: 403,
    post: 405,
    otherHost: "refused",
    file: "refused",
  });
});

test("the page cannot leave, and opens nothing but known links in the person's browser", async () => {
  await shell.app.evaluate(({ shell: desktop }) => {
    const opened: string[] = [];
    Object.assign(globalThis, { openedOutside: opened });
    desktop.openExternal = (address) => {
      opened.push(address);
      return Promise.resolve();
    };
  });
  const before = page.url();
  const targets = [`${outsideAddress}/left`, "file:///etc/passwd", "data:text/html,left"];
  for (const target of targets) {
    await inPage(`location.href = ${JSON.stringify(target)}`);
    await inPage(`const link = document.createElement("a"); link.href = ${JSON.stringify(target)};
      document.body.append(link); link.click(); link.remove();`);
  }
  const links = [
    "http://127.0.0.1:8080/",
    "http://web.shop.localhost:8080/",
    "https://docs.docker.com/engine/",
    "https://example.org/",
    "http://127.0.0.1.example.org/",
    "https://user@github.com/",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "berth://app/",
  ];
  const opened = await inPage(
    `return ${JSON.stringify(links)}.map((link) => window.open(link, "_blank") === null)`,
  );
  expect(opened).toEqual(links.map(() => true));
  expect(page.url()).toBe(before);
  expect(shell.app.windows()).toHaveLength(1);
  expect(outsideRequests).toEqual([]);
  expect(await shell.app.evaluate(() => Reflect.get(globalThis, "openedOutside") as unknown)).toEqual(
    links.slice(0, 3),
  );
});

test("an empty page gives way to the app again", async () => {
  await page.evaluate(`setTimeout(() => { location.href = "about:blank" }, 0)`);
  await page.waitForURL("about:blank").catch(() => undefined);
  await page.waitForURL("berth://app/");
});

test("permissions are refused", async () => {
  const result = await inPage(`
    const outcome = (promise) => promise.then(() => "granted", (e) => e.name);
    return {
      notification: await Notification.requestPermission(),
      position: await new Promise((resolve) =>
        navigator.geolocation.getCurrentPosition(() => resolve("granted"), (e) => resolve(e.code))),
      clipboard: await outcome(navigator.clipboard.readText()),
    };`);
  expect(result).toEqual({
    notification: "denied",
    position: 1,
    clipboard: "NotAllowedError",
  });
});

/** How many ports the page is handed until a marker message, posted after the given statements, comes back. */
function portsAfter(statements: string): Promise<unknown> {
  return inPage(`
    let ports = 0;
    const listen = (event) => { if (event.data === "berth:port") ports += 1 };
    addEventListener("message", listen);
    ${statements}
    removeEventListener("message", listen);
    return ports;`);
}

test("only the page itself is handed a port to the engine", async () => {
  const own = await portsAfter(`
    postMessage("berth:ready", location.origin);
    await new Promise((resolve) => addEventListener("message", function wait(event) {
      if (event.data === "berth:port") { removeEventListener("message", wait); resolve() }
    }));`);
  expect(own).toBe(1);

  const framed = await portsAfter(`
    const frame = document.createElement("iframe");
    document.body.append(frame);
    const heard = new Promise((resolve) => addEventListener("message", (event) => {
      if (event.data === "berth:ready" && event.source === frame.contentWindow) resolve();
    }));
    window.dispatchEvent(new MessageEvent("message", { data: "berth:ready", source: frame.contentWindow }));
    await heard;
    await fetch("berth://app/");
    frame.remove();`);
  expect(framed).toBe(0);

  const foreign = await shell.app.evaluate(({ ipcMain, webContents }) => {
    const [sender] = webContents.getAllWebContents();
    let posted = 0;
    if (sender) sender.postMessage = () => void (posted += 1);
    for (const url of [
      "https://example.org/",
      "berth://other/",
      "berth://app.example.org/",
      "file:///app/",
    ]) {
      ipcMain.emit("berth:ready", { sender, senderFrame: { url, parent: null } });
    }
    ipcMain.emit("berth:ready", { sender, senderFrame: { url: "berth://app/", parent: {} } });
    ipcMain.emit("berth:ready", { sender, senderFrame: null });
    return posted;
  });
  expect(foreign).toBe(0);
});
