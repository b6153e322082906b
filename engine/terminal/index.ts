export { openContainerExec } from "./container-exec.ts";
export { TerminalSessions } from "./sessions.ts";
export { openVmShell } from "./vm-shell.ts";
