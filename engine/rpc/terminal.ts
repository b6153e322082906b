import { openContainerExec, openVmShell } from "../terminal/index.ts";
import { os, streaming } from "./base.ts";

export const terminal = {
  open: os.terminal.open.handler(async (call) => {
    const { docker, machine, terminals } = call.context.services;
    const { session, target, ...request } = call.input;
    const opened = await terminals.open(session, () =>
      target.kind === "vm"
        ? openVmShell(machine.tunnel, request)
        : openContainerExec(docker, target, request),
    );
    return streaming(call, (signal) => terminals.output(session, opened, signal), {
      weigh: (item) => (item.kind === "exit" ? 1 : item.data.length),
    });
  }),
  input: os.terminal.input.handler(({ context, input }) =>
    context.services.terminals.input(input.session, Buffer.from(input.data, "base64"), input.end),
  ),
  resize: os.terminal.resize.handler(({ context, input }) =>
    context.services.terminals.resize(input.session, input.columns, input.rows),
  ),
};
