import { z } from "zod";
import { base, byId, nothing } from "../base.ts";
import { streamOf } from "../streams.ts";

export const terminal = {
  /** What a terminal in a container can run as: its shells, the best one first, and the users it names. */
  choices: base.input(byId).output(z.object({ shells: z.array(z.string()), users: z.array(z.string()) })),
  /** Runs a command with a terminal, in the VM or in a container. `data` is base64. The last item is the exit code. */
  open: base
    .input(
      z.object({
        session: z.uuid(),
        target: z.discriminatedUnion("kind", [
          z.object({ kind: z.literal("vm") }),
          z.object({ kind: z.literal("container"), id: z.string(), user: z.string().optional() }),
          /** Berth's own tools beside a running container: its processes and its network, whatever its image has. */
          z.object({ kind: z.literal("tools"), id: z.string() }),
        ]),
        /** Empty: a login shell. */
        command: z.array(z.string()),
        tty: z.boolean(),
        columns: z.int().min(1).max(1000).default(80),
        rows: z.int().min(1).max(1000).default(24),
      }),
    )
    .output(
      streamOf(
        z.discriminatedUnion("kind", [
          z.object({ kind: z.literal("stdout"), data: z.string() }),
          z.object({ kind: z.literal("stderr"), data: z.string() }),
          z.object({ kind: z.literal("exit"), code: z.int() }),
        ]),
      ),
    ),
  /** Sends input; `end` closes the command's standard input. */
  input: base
    .input(z.object({ session: z.uuid(), data: z.string(), end: z.boolean().default(false) }))
    .output(nothing),
  resize: base.input(z.object({ session: z.uuid(), columns: z.int(), rows: z.int() })).output(nothing),
};
