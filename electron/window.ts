import path from "node:path";
import { BrowserWindow, nativeTheme, screen } from "electron";
import type { Rectangle } from "electron";
import type { Settings } from "../engine/contract/index.ts";
import { preloadFile } from "./app-places.ts";
import { appOrigin } from "./content-policy.ts";
import type { ShellLog } from "./log.ts";
import { readWindowMemory, writeWindowMemory } from "./window-memory.ts";
import type { WindowMemory } from "./window-memory.ts";

const firstSize = { width: 1280, height: 800 };
const smallestSize = { width: 720, height: 480 };
/** The page's ground in each theme, so that the window does not flash before the first paint. */
const grounds = { dark: "#0f1214", light: "#edf0f1" };
const crashWindowMs = 60_000;

/**
 * The one window: made when wanted, destroyed when closed (a page costs memory that a tray does not need),
 * with its place and theme remembered in the home.
 */
export class MainWindow {
  readonly #file: string;
  readonly #log: ShellLog;
  readonly #closed: () => void;
  #memory: WindowMemory;
  #window: BrowserWindow | null = null;
  #lastCrashAt = 0;

  constructor(userData: string, log: ShellLog, closed: () => void) {
    this.#file = path.join(userData, "window.json");
    this.#log = log;
    this.#closed = closed;
    this.#memory = readWindowMemory(this.#file);
    nativeTheme.themeSource = this.#memory.theme;
    nativeTheme.on("updated", () => this.#window?.setBackgroundColor(ground()));
  }

  get open(): BrowserWindow | null {
    return this.#window;
  }

  /** Shows the window at a page (`""` leaves it where it is); settles once it is on the screen. */
  async show(page = ""): Promise<void> {
    const present = this.#window;
    if (present !== null) {
      if (page !== "") await present.loadURL(addressOf(page));
      if (present.isMinimized()) present.restore();
      present.show();
      present.focus();
      return;
    }
    const created = this.#create();
    if (await this.#load(created, addressOf(page))) created.show();
  }

  setTheme(theme: Settings["app.theme"]): void {
    if (theme === this.#memory.theme) return;
    nativeTheme.themeSource = theme;
    this.#remember({ ...this.#memory, theme });
  }

  #create(): BrowserWindow {
    const window = new BrowserWindow({
      ...firstSize,
      ...visibleBounds(this.#memory.bounds),
      minWidth: smallestSize.width,
      minHeight: smallestSize.height,
      show: false,
      title: "Berth",
      backgroundColor: ground(),
      titleBarStyle: process.platform === "darwin" ? "hiddenInset" : "default",
      autoHideMenuBar: true,
      webPreferences: {
        preload: preloadFile,
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        webviewTag: false,
        spellcheck: false,
        navigateOnDragDrop: false,
      },
    });
    if (this.#memory.maximized) window.maximize();
    window.on("close", () => {
      this.#remember({
        ...this.#memory,
        bounds: window.getNormalBounds(),
        maximized: window.isMaximized(),
      });
    });
    window.on("closed", () => {
      this.#window = null;
      this.#closed();
    });
    window.webContents.on("render-process-gone", (_event, details) => {
      this.#recover(window, details.reason);
    });
    this.#window = window;
    return window;
  }

  /**
   * Loads a page and waits for its first picture (or its failure). False when the window was closed meanwhile:
   * it is torn down step by step then, and touching it would crash the app.
   */
  #load(window: BrowserWindow, address: string): Promise<boolean> {
    return new Promise((resolve) => {
      window.once("ready-to-show", () => resolve(true));
      window.once("close", () => resolve(false));
      window.loadURL(address).catch((error: unknown) => {
        this.#log.error("page not loaded", error);
        resolve(true);
      });
    });
  }

  /** A page that crashed is loaded again, once a minute at most. */
  #recover(window: BrowserWindow, reason: string): void {
    this.#log.warn("page crashed", { reason });
    if (reason === "clean-exit" || Date.now() - this.#lastCrashAt < crashWindowMs) return;
    this.#lastCrashAt = Date.now();
    window.webContents.reload();
  }

  #remember(memory: WindowMemory): void {
    this.#memory = memory;
    try {
      writeWindowMemory(this.#file, memory);
    } catch (error) {
      this.#log.error("window place not kept", error);
    }
  }
}

function addressOf(page: string): string {
  return page === "" ? `${appOrigin}/` : `${appOrigin}/#/${page}`;
}

function ground(): string {
  return nativeTheme.shouldUseDarkColors ? grounds.dark : grounds.light;
}

/** The remembered place, where a screen still shows enough of it. */
function visibleBounds(bounds: WindowMemory["bounds"]): Partial<Rectangle> {
  if (bounds === null) return {};
  const { workArea } = screen.getDisplayMatching(bounds);
  const seenWidth =
    Math.min(bounds.x + bounds.width, workArea.x + workArea.width) - Math.max(bounds.x, workArea.x);
  const seenTop = bounds.y >= workArea.y - 8 && bounds.y < workArea.y + workArea.height - 40;
  return seenWidth >= 100 && seenTop ? bounds : { width: bounds.width, height: bounds.height };
}
