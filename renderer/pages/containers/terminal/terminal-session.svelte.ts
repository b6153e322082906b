import { FitAddon } from "@xterm/addon-fit";
import { Terminal } from "@xterm/xterm";
import "@xterm/xterm/css/xterm.css";
import { describeFailure, readStream } from "../../../../engine/contract/client.ts";
import { engine } from "../../../connection/index.ts";
import { withSheetsForStyles } from "./styles-by-sheet.ts";
import { terminalColors } from "./terminal-colors.ts";

export interface SessionWish {
  container: string;
  /** A command of the container, or Berth's own tools beside it. */
  kind: "command" | "tools";
  /** Empty: the best shell there is. */
  command: readonly string[];
  /** Empty: the one that the image names. */
  user: string;
  title: string;
}

export type SessionState = "opening" | "open" | "ended" | "lost";

const SCROLLBACK_LINES = 10_000;
/** Docker's codes for a command that cannot be run, or is not there. */
const NOT_RUN = new Set([126, 127]);

/** One terminal: its screen outlives the tab that shows it, and its connection. */
export class TerminalSession {
  readonly wish: SessionWish;
  state: SessionState = $state("opening");
  exitCode: number | null = $state(null);
  readonly #terminal: Terminal;
  readonly #fit = new FitAddon();
  readonly #host = document.createElement("div");
  #abort = new AbortController();
  #session = "";
  /** Input goes in the order in which it was typed. */
  #sending: Promise<void> = Promise.resolve();

  constructor(wish: SessionWish) {
    this.wish = wish;
    this.#terminal = new Terminal({
      fontFamily: getComputedStyle(document.documentElement).getPropertyValue("--font-mono"),
      fontSize: 12,
      lineHeight: 1.25,
      scrollback: SCROLLBACK_LINES,
      cursorBlink: false,
      screenReaderMode: true,
      theme: terminalColors(),
    });
    this.#terminal.loadAddon(this.#fit);
    this.#terminal.onData((text) => this.#send(new TextEncoder().encode(text)));
    this.#terminal.onBinary((text) => this.#send(Uint8Array.from(text, (one) => one.charCodeAt(0))));
    this.#terminal.onResize(({ cols, rows }) => this.#resized(cols, rows));
    this.#terminal.attachCustomKeyEventHandler((event) => this.#keep(event));
  }

  /** Shows the screen inside of an element; answers how to take it out again. */
  showIn(element: HTMLElement): () => void {
    this.#host.className = "terminal-host";
    element.append(this.#host);
    if (this.#terminal.element === undefined) {
      withSheetsForStyles(document, () => this.#terminal.open(this.#host));
    }
    const observer = new ResizeObserver(() => this.#fitted());
    observer.observe(element);
    this.#fitted();
    this.#terminal.focus();
    if (this.state === "opening" && this.#session === "") void this.open();
    return () => {
      observer.disconnect();
      this.#host.remove();
    };
  }

  recolor(): void {
    this.#terminal.options.theme = terminalColors();
  }

  focus(): void {
    this.#terminal.focus();
  }

  /** What is selected, or else everything. */
  text(): string {
    if (this.#terminal.hasSelection()) return this.#terminal.getSelection();
    this.#terminal.selectAll();
    const all = this.#terminal.getSelection().trimEnd();
    this.#terminal.clearSelection();
    return all;
  }

  paste(text: string): void {
    this.#terminal.paste(text);
  }

  /** Runs the command, anew where it ran before; what the screen holds stays. */
  async open(): Promise<void> {
    const client = engine.client;
    if (client === null) {
      this.state = "lost";
      return;
    }
    const { container, kind, command, user } = this.wish;
    const abort = new AbortController();
    this.#abort = abort;
    this.#session = crypto.randomUUID();
    this.state = "opening";
    this.exitCode = null;
    try {
      const opened = client.terminal.open(
        {
          session: this.#session,
          target:
            kind === "tools"
              ? { kind: "tools", id: container }
              : { kind: "container", id: container, ...(user === "" ? {} : { user }) },
          command: [...command],
          tty: true,
          columns: this.#terminal.cols,
          rows: this.#terminal.rows,
        },
        { signal: abort.signal },
      );
      await opened;
      this.state = "open";
      for await (const item of readStream(client, opened)) {
        if (item.kind === "exit") this.exitCode = item.code;
        else await this.#write(bytesOf(item.data));
      }
      this.#over();
    } catch (error) {
      if (!abort.signal.aborted) this.#failed(error);
    }
  }

  /** Ends the command and lets go of the screen. */
  close(): void {
    this.#abort.abort();
    this.#terminal.dispose();
    this.#host.remove();
  }

  #over(): void {
    if (this.exitCode === null) {
      this.state = "lost";
      this.#say("The connection was lost.");
      return;
    }
    this.state = "ended";
    const why = NOT_RUN.has(this.exitCode) ? "It could not be run" : "It ended";
    this.#say(this.exitCode === 0 ? "It ended." : `${why} (exit code ${this.exitCode}).`);
  }

  #failed(error: unknown): void {
    const { code, message, hint } = describeFailure(error);
    // What goes with the connection, or with the machine, comes back with it.
    const lost =
      engine.client === null || code === "unexpected" || code.startsWith("docker_") || code.startsWith("vm_");
    this.state = lost ? "lost" : "ended";
    this.#say(lost ? "The connection was lost." : `${message} ${hint}`);
  }

  #say(text: string): void {
    this.#terminal.write(`\r\n\u001b[0;2m${text}\u001b[0m\r\n`);
  }

  /** Resolves when the screen has taken it, so that a flood slows its sender and not the window. */
  #write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => this.#terminal.write(bytes, resolve));
  }

  #send(bytes: Uint8Array): void {
    if (this.state !== "open") return;
    const session = this.#session;
    const data = base64Of(bytes);
    this.#sending = this.#sending
      .then(() => engine.client?.terminal.input({ session, data }))
      .catch(() => undefined);
  }

  #resized(columns: number, rows: number): void {
    if (this.state !== "open") return;
    engine.client?.terminal.resize({ session: this.#session, columns, rows }).catch(() => undefined);
  }

  #fitted(): void {
    if (this.#host.clientWidth > 0 && this.#host.clientHeight > 0) this.#fit.fit();
  }

  /** Keys that are for the window: what a person copies and pastes with, and the way out of the terminal. */
  #keep(event: KeyboardEvent): boolean {
    if (event.type !== "keydown") return true;
    const key = event.key.toLowerCase();
    if (event.ctrlKey && event.shiftKey && key === "c") {
      event.preventDefault();
      void navigator.clipboard.writeText(this.#terminal.getSelection());
      return false;
    }
    const forWindow =
      (event.ctrlKey && event.shiftKey && key === "v") ||
      (event.metaKey && (key === "c" || key === "v" || key === "k")) ||
      (event.ctrlKey && key === "tab");
    return !forWindow;
  }
}

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (one) => one.charCodeAt(0));
}

function base64Of(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (one) => String.fromCharCode(one)).join(""));
}
