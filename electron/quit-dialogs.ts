import { dialog } from "electron";
import type { BrowserWindow, MessageBoxOptions, MessageBoxReturnValue } from "electron";
import type { Failure } from "../engine/contract/index.ts";
import type { QuitChoice } from "./quit-plan.ts";

const choices = ["suspend", "stop", "keep", "cancel"] as const;

/** Asks what shall become of the running VM. */
export async function askWhatToDoWithVm(
  parent: BrowserWindow | null,
): Promise<{ choice: QuitChoice | "cancel"; remember: boolean }> {
  const { response, checkboxChecked } = await show(parent, {
    type: "question",
    title: "Quit Berth",
    message: "What happens to the VM?",
    detail:
      "Suspended, it takes no memory and goes on later exactly where it was. Kept running, containers and published ports stay up without Berth's window.",
    buttons: ["Suspend", "Stop", "Keep Running", "Cancel"],
    defaultId: 0,
    cancelId: 3,
    checkboxLabel: "Do this every time and don't ask again",
    noLink: true,
  });
  return { choice: choices[response] ?? "cancel", remember: checkboxChecked };
}

/** Tells why the VM could not be put to rest; true when the person quits all the same. */
export async function askToQuitAnyway(parent: BrowserWindow | null, failure: Failure): Promise<boolean> {
  const { response } = await show(parent, {
    type: "warning",
    title: "Quit Berth",
    message: failure.message,
    detail: `${failure.hint}\n\nQuitting now leaves the VM running.`,
    buttons: ["Quit Anyway", "Cancel"],
    defaultId: 1,
    cancelId: 1,
    noLink: true,
  });
  return response === 0;
}

function show(parent: BrowserWindow | null, options: MessageBoxOptions): Promise<MessageBoxReturnValue> {
  return parent?.isVisible() ? dialog.showMessageBox(parent, options) : dialog.showMessageBox(options);
}
