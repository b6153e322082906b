import { randomUUID } from "node:crypto";
import { readStream } from "../../engine/contract/index.ts";
import type { BerthClient } from "../../engine/contract/index.ts";
import type { Context } from "../context.ts";
import { CliFailure, exitCodes } from "../failure.ts";
import type { InputStream } from "../surroundings.ts";

/**
 * Opens a shell in the VM or runs a command there. With a terminal on both ends the command gets one too,
 * else its input and output are plain pipes. Answers the command's exit code.
 */
export async function ssh(context: Context, command: string[]): Promise<number> {
  const { stdin, stdout } = context.surroundings;
  const tty = stdin.isTTY === true && stdout.isTTY === true && !context.output.json;
  return context.withEngine(async (client) => {
    const session = randomUUID();
    const output = await client.terminal.open({
      session,
      target: { kind: "vm" },
      command,
      tty,
      columns: stdout.columns ?? 80,
      rows: stdout.rows ?? 24,
    });
    const detach = attachInput(client, session, context, tty);
    const collected = { stdout: new Array<Buffer>(), stderr: new Array<Buffer>() };
    try {
      for await (const item of readStream(client, Promise.resolve(output))) {
        if (item.kind === "exit") {
          await finish(context, item.code, collected);
          return item.code;
        }
        const bytes = Buffer.from(item.data, "base64");
        if (context.output.json) collected[item.kind].push(bytes);
        else if (item.kind === "stdout") await context.output.write(bytes);
        else await context.output.writeError(bytes);
        if (context.output.readerGone.aborted) return exitCodes.readerGone;
      }
    } finally {
      detach();
    }
    throw connectionEnded();
  });
}

async function finish(
  context: Context,
  exitCode: number,
  collected: { stdout: Buffer[]; stderr: Buffer[] },
): Promise<void> {
  if (!context.output.json) return;
  const stdout = Buffer.concat(collected.stdout).toString("utf8");
  const stderr = Buffer.concat(collected.stderr).toString("utf8");
  await context.output.result({ exitCode, stdout, stderr }, () => "");
}

/** Carries input and window sizes to the command, one message at a time; the answer stops it. */
function attachInput(client: BerthClient, session: string, context: Context, tty: boolean): () => void {
  const { stdin, stdout } = context.surroundings;
  const send = (data: string, end: boolean) => {
    stdin.pause();
    client.terminal.input({ session, data, end }).then(
      () => {
        if (!end) stdin.resume();
      },
      // The command has ended; its exit code is on the way.
      () => undefined,
    );
  };
  const onData = (chunk: Buffer) => {
    send(chunk.toString("base64"), false);
  };
  const onEnd = () => {
    send("", true);
  };
  const onResize = () => {
    const size = { columns: stdout.columns ?? 80, rows: stdout.rows ?? 24 };
    client.terminal.resize({ session, ...size }).catch(() => undefined);
  };
  if (tty) {
    stdin.setRawMode?.(true);
    stdout.on("resize", onResize);
  }
  stdin.on("data", onData);
  stdin.on("end", onEnd);
  return () => {
    stdin.off("data", onData);
    stdin.off("end", onEnd);
    stdout.off("resize", onResize);
    if (tty) stdin.setRawMode?.(false);
    release(stdin);
  };
}

/** An input that nobody reads any more must not keep the program alive. */
function release(stdin: InputStream): void {
  stdin.pause();
  stdin.unref?.();
}

function connectionEnded(): CliFailure {
  return new CliFailure(
    {
      code: "connection-ended",
      message: "The connection into the VM ended before the command did.",
      hint: "See whether the VM still runs: berth status",
    },
    exitCodes.failed,
  );
}
