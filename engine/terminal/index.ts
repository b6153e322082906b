export { terminalChoices } from "./choices.ts";
export { openContainerExec } from "./container-exec.ts";
export type { TerminalProcess, TerminalRequest } from "./process.ts";
export { TerminalSessions } from "./sessions.ts";
export { openToolsShell } from "./tools.ts";
export { openVmShell } from "./vm-shell.ts";
