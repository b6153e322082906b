import type Docker from "dockerode";
import { IncomingMessage } from "node:http";
import { PassThrough } from "node:stream";
import { createInterface } from "node:readline";
import { bounds, eventually } from "./bounds.ts";
import type { Rig } from "./rig.ts";

const recordBytes = 9;
const file = "/var/lib/docker/volumes/ledger/_data/log";

/**
 * Appends numbered records, each synced to disk before it is told. After any end it goes on behind the last whole
 * record; one that could not be written is tried again.
 */
const script = `
f=/ledger/log
touch $f
whole() { truncate -s $(( $(stat -c %s $f) / ${recordBytes} * ${recordBytes} )) $f; }
whole
i=$(expr "$(tail -n 1 $f)" + 0) || i=0
while :; do
  i=$((i + 1))
  until printf '%08d\\n' $i | dd of=$f oflag=append conv=notrunc,fsync 2>/dev/null; do whole; sleep 0.5; done
  echo $i
  sleep 0.05
done`;

/** A container that writes records, and what the host was told of them. */
export class Ledger {
  readonly #rig: Rig;
  readonly #acknowledged = new Set<number>();
  #newest = 0;
  #stream: PassThrough | null = null;

  constructor(rig: Rig) {
    this.#rig = rig;
  }

  /** Records of which the host knows that they are on disk. */
  get acknowledged(): number {
    return this.#acknowledged.size;
  }

  async start(): Promise<void> {
    const container = await this.#rig.docker.createContainer({
      name: "ledger",
      Image: "berth/welcome",
      Cmd: ["sh", "-c", script],
      HostConfig: { Binds: ["ledger:/ledger"], RestartPolicy: { Name: "always" } },
    });
    await container.start();
    await this.advances();
  }

  /** Waits for a record that is newer than all the host knew before. */
  async advances(): Promise<void> {
    const before = this.#newest;
    await eventually("a new record", bounds.recordMs, async () => {
      if (this.#newest > before) return true;
      if (this.#stream === null) await this.#follow();
      return null;
    });
  }

  /** Stops listening: a listener at the socket would wake a VM that shall sleep. */
  silence(): void {
    this.#stream?.end();
    this.#stream = null;
  }

  /** How many of the acknowledged records are missing; 0 is what this is all about. */
  async lost(): Promise<number> {
    // What is acknowledged while the file is being read may lie behind the place that was read last.
    const acknowledged = [...this.#acknowledged];
    const text = await this.#rig.guest(`cat ${file}`);
    const present = new Set(text.split("\n").map(Number));
    return acknowledged.filter((number) => !present.has(number)).length;
  }

  async #follow(): Promise<void> {
    const container: Docker.Container = this.#rig.docker.getContainer("ledger");
    const raw = await container.logs({ follow: true, stdout: true, stderr: false, tail: 0 });
    const text = new PassThrough();
    this.#stream = text;
    const ended = (): void => {
      if (this.#stream === text) this.#stream = null;
      text.end();
    };
    raw.on("end", ended);
    raw.on("close", ended);
    raw.on("error", ended);
    text.on("finish", () => {
      if (raw instanceof IncomingMessage) raw.destroy();
    });
    this.#rig.docker.modem.demuxStream(raw, text, text);
    createInterface({ input: text }).on("line", (line) => {
      const number = Number(line);
      if (!Number.isInteger(number) || number < 1) return;
      this.#acknowledged.add(number);
      this.#newest = Math.max(this.#newest, number);
    });
  }
}
