import type { Tunnel } from "../vm.ts";
import { ChunkQueue } from "./chunk-queue.ts";
import type { OutputChunk, TerminalProcess, TerminalRequest } from "./process.ts";

/** Runs a command, or a login shell, in the VM. */
export async function openVmShell(
  tunnel: Pick<Tunnel, "openShell">,
  request: TerminalRequest,
): Promise<TerminalProcess> {
  const { columns, rows } = request;
  const shell = await tunnel.openShell({
    ...(request.command.length === 0 ? {} : { command: request.command }),
    ...(request.tty ? { terminal: { columns, rows } } : {}),
  });
  const output = new ChunkQueue<OutputChunk>();
  output.add(shell.stream, (data) => [{ kind: "stdout", data }]);
  output.add(shell.stderr, (data) => [{ kind: "stderr", data }]);
  return {
    stdin: shell.stream,
    output,
    exitCode: async () => (await shell.exit).exitCode,
    resize: (newColumns, newRows) => {
      shell.resize(newColumns, newRows);
      return Promise.resolve();
    },
    close: () => {
      shell.close();
      output.close();
    },
  };
}
