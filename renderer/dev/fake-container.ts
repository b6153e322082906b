import { implement } from "@orpc/server";
import { contract } from "../../engine/contract/contract.ts";
import type {
  ContainerSample,
  DownloadItem,
  FileEntry,
  LogItem,
  UploadItem,
} from "../../engine/contract/index.ts";
import { fakeLogLine, fakeLogs } from "./fake-logs.ts";
import { Feed } from "./feed.ts";

const os = implement(contract);

function entry(name: string, given: Partial<FileEntry> = {}): FileEntry {
  return {
    name,
    kind: "file",
    sizeBytes: 1234 + name.length * 97,
    mode: 0o644,
    uid: 0,
    gid: 0,
    modifiedAt: "2026-11-20T08:15:00.000Z",
    target: null,
    change: null,
    ...given,
  };
}

const folder = (name: string, given: Partial<FileEntry> = {}): FileEntry =>
  entry(name, { kind: "directory", mode: 0o755, sizeBytes: 4096, ...given });

const tree: Record<string, FileEntry[]> = {
  "/": [
    ...["bin", "dev", "home", "proc", "root", "sys", "tmp", "usr"].map((name) => folder(name)),
    folder("etc", { change: "modified" }),
    folder("var", { change: "modified" }),
    entry("lib", { kind: "symlink", target: "usr/lib", mode: 0o777, sizeBytes: 7 }),
    entry("docker-entrypoint.sh", { mode: 0o755, sizeBytes: 4820 }),
    entry(".dockerenv", { sizeBytes: 0, change: "added" }),
  ],
  "/etc": [
    entry("hosts", { change: "modified" }),
    entry("app.conf", { change: "modified", sizeBytes: 41 }),
    entry("motd", { change: "deleted", sizeBytes: 0 }),
    entry("<img src=x onerror=alert(1)>", { change: "added" }),
    entry("a-name-that-goes-on-and-on-because-a-generator-wrote-the-whole-commit-message-into-it.json"),
    entry("core.dump", { sizeBytes: 48_300_000 }),
  ],
};

const text = ["# Settings of the application", "port = 8080", 'name = "café"', ""].join("\n");

/** The files, logs, stats and terminals of containers that do not exist. */
export const fakeFiles = {
  list: os.files.list.handler(({ input }) => ({
    path: input.path,
    entries:
      tree[input.path] ??
      Array.from({ length: 400 }, (_, index) => entry(`file-${String(index).padStart(3, "0")}.txt`)),
    omitted: 0,
  })),
  read: os.files.read.handler(({ input }) => {
    const bytes = new TextEncoder().encode(input.path.endsWith("dump") ? "\u0000\u0001\u0002" : text);
    return {
      path: input.path,
      data: btoa(String.fromCharCode(...bytes)),
      sizeBytes: bytes.length,
      mode: 0o644,
      modifiedAt: "2026-11-20T08:15:00.000Z",
      truncated: false,
    };
  }),
  write: os.files.write.handler(() => undefined),
  makeFolder: os.files.makeFolder.handler(() => undefined),
  remove: os.files.remove.handler(({ input }) => {
    for (const [path, entries] of Object.entries(tree)) {
      tree[path] = entries.filter(({ name }) => !input.paths.includes(`${path === "/" ? "" : path}/${name}`));
    }
  }),
  download: os.files.download.handler(({ signal, input }) =>
    new Feed<DownloadItem>().follow(
      [
        { kind: "begin", name: input.path.split("/").at(-1) ?? "file", sizeBytes: text.length },
        { kind: "data", data: btoa("downloaded") },
      ],
      signal,
    ),
  ),
  upload: os.files.upload.handler(({ signal }) =>
    new Feed<UploadItem>().follow([{ kind: "ready" }, { kind: "done" }], signal),
  ),
  uploadData: os.files.uploadData.handler(() => undefined),
};

export const fakeContainerLogs = {
  follow: os.logs.follow.handler(async function* ({ signal, input }) {
    const feed = new Feed<LogItem>();
    const ids = input.containers.map(({ id }) => id);
    let line = Number(new URLSearchParams(location.search).get("lines") ?? 200);
    const first = fakeLogs(ids, line);
    const timer = input.follow
      ? setInterval(() => feed.emit(fakeLogLine(ids[(line += 1) % ids.length] ?? "", line)), 1500)
      : undefined;
    try {
      yield* feed.follow(first, signal);
    } finally {
      clearInterval(timer);
    }
  }),
};

export const fakeStats = {
  watch: os.stats.watch.handler(async function* ({ signal, input }) {
    const feed = new Feed<ContainerSample>();
    let tick = 0;
    const all = (ageMs: number): ContainerSample[] =>
      input.ids.map((id, index) => sample(id, (tick += 1) + index, ageMs));
    const timer = setInterval(() => {
      for (const one of all(0)) feed.emit(one);
    }, 1000);
    try {
      yield* feed.follow(Array.from({ length: 40 }, (_, past) => all((40 - past) * 1000)).flat(), signal);
    } finally {
      clearInterval(timer);
    }
  }),
};

function sample(id: string, seed: number, ageMs: number): ContainerSample {
  const wave = (period: number) => (1 + Math.sin((seed + id.charCodeAt(0)) / period)) / 2;
  return {
    id,
    at: new Date(Date.now() - ageMs).toISOString(),
    cpuPercent: wave(7) * 60 + wave(2) * 12,
    memoryBytes: (180 + wave(31) * 90) * 1024 * 1024,
    memoryLimitBytes: 2048 * 1024 * 1024,
    processes: 12,
    receivedBytesPerSecond: wave(4) * 300_000,
    sentBytesPerSecond: wave(6) * 90_000,
    readBytesPerSecond: wave(9) > 0.8 ? 4_000_000 : 0,
    writtenBytesPerSecond: wave(5) * 500_000,
  };
}

export const fakeTerminal = {
  choices: os.terminal.choices.handler(() => ({
    shells: ["/bin/bash", "/bin/sh"],
    users: ["root", "daemon", "www-data", "app"],
  })),
  open: os.terminal.open.handler(({ signal }) =>
    new Feed<{ kind: "stdout"; data: string }>().follow(
      [
        {
          kind: "stdout",
          data: btoa(
            "\u001b[1;32mroot@3f2a9c\u001b[0m:\u001b[1;34m/srv\u001b[0m# ls -l\r\n" +
              "total 12\r\n-rw-r--r-- 1 root root 4820 Nov 20 08:15 \u001b[32mserver.js\u001b[0m\r\n" +
              "\u001b[1;32mroot@3f2a9c\u001b[0m:\u001b[1;34m/srv\u001b[0m# ",
          ),
        },
      ],
      signal,
    ),
  ),
  input: os.terminal.input.handler(() => undefined),
  resize: os.terminal.resize.handler(() => undefined),
};
