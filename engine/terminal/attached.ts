import type { Duplex } from "node:stream";
import { FrameParser } from "../docker/frames.ts";
import { ChunkQueue } from "./chunk-queue.ts";
import type { OutputChunk, TerminalProcess } from "./process.ts";

/** What differs between a command run in a container and a container of its own. */
interface Attached {
  stream: Duplex;
  tty: boolean;
  resize: (columns: number, rows: number) => Promise<unknown>;
  exitCode: () => Promise<number>;
  /** Ends what runs; the connection is closed already. */
  end: () => void;
}

/** A terminal over a connection that Docker has attached to something. */
export function attachedProcess(attached: Attached): TerminalProcess {
  const { stream, tty } = attached;
  const output = new ChunkQueue<OutputChunk>();
  const frames = new FrameParser();
  let ended = false;
  output.add(stream, (data) =>
    tty
      ? [{ kind: "stdout", data }]
      : frames.push(data).map((frame) => ({ kind: frame.source, data: frame.data })),
  );
  stream.once("end", () => (ended = true));
  return {
    stdin: stream,
    output,
    exitCode: attached.exitCode,
    resize: async (columns, rows) => {
      if (tty) await attached.resize(columns, rows);
    },
    close: () => {
      stream.end();
      stream.destroy();
      output.close();
      if (!ended) attached.end();
      ended = true;
    },
  };
}
