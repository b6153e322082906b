import type { Services } from "../services.ts";
import { openContainerExec, openToolsShell, openVmShell, terminalChoices } from "../terminal/index.ts";
import type { TerminalProcess, TerminalRequest } from "../terminal/index.ts";
import { os, streaming } from "./base.ts";

export const terminal = {
  choices: os.terminal.choices.handler(({ context, input }) =>
    terminalChoices(context.services.docker, context.services.files, input.id),
  ),
  open: os.terminal.open.handler(async (call) => {
    const { services } = call.context;
    const { session, target, ...request } = call.input;
    const opened = await services.terminals.open(session, () => openAt(services, target, request));
    return streaming(call, (signal) => services.terminals.output(session, opened, signal), {
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

type Target =
  | { kind: "vm" }
  | { kind: "container"; id: string; user?: string | undefined }
  | { kind: "tools"; id: string };

function openAt(services: Services, target: Target, request: TerminalRequest): Promise<TerminalProcess> {
  const { docker, logger, machine } = services;
  switch (target.kind) {
    case "vm":
      return openVmShell(machine.tunnel, request);
    case "container":
      return openContainerExec({ docker, tunnel: machine.tunnel, logger }, target, request);
    case "tools":
      return openToolsShell(docker, target.id, request);
  }
}
