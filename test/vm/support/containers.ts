import { PassThrough } from "node:stream";
import type Docker from "dockerode";
import type { Container } from "dockerode";

export const testImage = "berth/welcome";

/** What the engine says to a ping: "OK". */
export async function ping(docker: Docker): Promise<string> {
  return String(await docker.ping());
}

/** Starts a container that prints 0, 1, 2, … five times a second. */
export async function startCounter(docker: Docker): Promise<Container> {
  const script = "i=0; while :; do echo $i; i=$((i+1)); sleep 0.2; done";
  const container = await docker.createContainer({ Image: testImage, Cmd: ["sh", "-c", script] });
  await container.start();
  return container;
}

/** The numbers a counter has printed. */
export async function counted(container: Container): Promise<number[]> {
  const output = await container.logs({ stdout: true, follow: false });
  // Each line has Docker's 8-byte frame header before it.
  return [...output.toString("latin1").matchAll(/(\d+)\n/g)].map(([, digits]) => Number(digits));
}

/** Waits until the counter has gone on for `more` numbers beyond `from`. */
export async function countsBeyond(container: Container, from: number, more = 3): Promise<number[]> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const numbers = await counted(container);
    if ((numbers.at(-1) ?? -1) >= from + more) return numbers;
    if (Date.now() > deadline) throw new Error(`the counter stays at ${numbers.at(-1) ?? "nothing"}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Runs a container to its end with `input` on its attached stdin; returns what it printed. */
export async function runWithInput(docker: Docker, command: string[], input: string): Promise<string> {
  const container = await docker.createContainer({
    Image: testImage,
    Cmd: command,
    OpenStdin: true,
    StdinOnce: true,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
  });
  const stream = await container.attach({
    stream: true,
    stdin: true,
    stdout: true,
    stderr: true,
    hijack: true,
  });
  let output = "";
  const collector = new PassThrough();
  collector.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const modem = container.modem as { demuxStream(from: unknown, stdout: unknown, stderr: unknown): void };
  modem.demuxStream(stream, collector, collector);
  const ended = new Promise((resolve) => stream.on("end", resolve));
  await container.start();
  stream.end(input);
  await ended;
  await container.remove({ force: true });
  return output;
}
