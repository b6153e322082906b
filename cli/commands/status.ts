import type { PowerReport, Status } from "../../engine/contract/index.ts";
import type { Context } from "../context.ts";
import { exitCodes } from "../failure.ts";
import type { Output } from "../output.ts";
import { startMs } from "../status-progress.ts";
import { escapeText, formatAge, formatBytes, formatSeconds } from "../text.ts";

/** Shows the state of everything. */
export async function status(context: Context): Promise<number> {
  const [now, power] = await context.withEngine((client) =>
    Promise.all([client.vm.status(), client.power.get()]),
  );
  await context.output.result(now, () => formatStatus(now, power, context.output, Date.now()));
  return exitCodes.done;
}

/** The view for people. */
export function formatStatus(
  status: Status,
  power: PowerReport,
  output: Pick<Output, "style">,
  nowMs: number,
): string {
  const label = (text: string) => output.style("dim", text.padEnd(8));
  const { vm, docker, disk, engine } = status;
  const guestDisk =
    disk.guestUsedBytes === null
      ? ""
      : `${formatBytes(disk.guestUsedBytes)} of ${vm.diskGiB} GiB used in the VM, `;
  const lines = [
    `${label("VM")} ${stateWord(status, output)} ${stateDetail(status, nowMs)}`,
    `${label("")} ${vm.cpus} CPUs, ${vm.memoryMiB} MiB memory${vm.accelerator === null ? "" : `, ${vm.accelerator}`}${vm.pid === null ? "" : `, process ${vm.pid}`}`,
    `${label("Docker")} ${docker.version === null ? "" : `${escapeText(docker.version)}, `}${escapeText(docker.socket)}`,
    `${label("Disk")} ${guestDisk}${formatBytes(disk.hostUsedBytes)} taken on this computer`,
    ...(status.state === "running" ? [`${label("Idle")} ${escapeText(idleText(power))}`] : []),
    `${label("Engine")} ${escapeText(engine.version)}, process ${engine.pid}`,
  ];
  for (const problem of status.problems) {
    lines.push(
      "",
      `${problem.severity === "note" ? output.style("dim", "i") : output.style("yellow", "!")} ${escapeText(problem.message)}`,
      `  ${escapeText(problem.hint)}`,
    );
  }
  return lines.join("\n");
}

function idleText({ idle }: PowerReport): string {
  return idle.suspendAt === null
    ? idle.reason
    : `${idle.reason} At ${clockTime(idle.suspendAt)} at the earliest.`;
}

/** The time of day on this computer, as in 14:05. */
function clockTime(iso: string): string {
  const at = new Date(iso);
  return `${String(at.getHours()).padStart(2, "0")}:${String(at.getMinutes()).padStart(2, "0")}`;
}

function stateWord(status: Status, output: Pick<Output, "style">): string {
  if (status.state === "running") return output.style("green", status.state);
  return output.style(status.state === "broken" ? "red" : "bold", status.state);
}

function stateDetail(status: Status, nowMs: number): string {
  if (status.state === "absent") return "(berth start creates it)";
  const age = `for ${formatAge(nowMs - Date.parse(status.since))}`;
  if (status.currentPhase !== null) return `(${escapeText(status.currentPhase)}) ${age}`;
  const ms = startMs(status);
  if (status.state !== "running" || ms === null || status.lastStart === null) return age;
  const kind = status.lastStart === "resumed" ? "resumed" : `${status.lastStart} start`;
  return `${age} (${kind} in ${formatSeconds(ms)})`;
}
