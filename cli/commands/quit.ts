import type { Context } from "../context.ts";
import { untilEngineEnds } from "../engine-end.ts";
import { exitCodes } from "../failure.ts";
import type { Status } from "../../engine/contract/index.ts";

type QuitChoice = "keep" | "suspend" | "stop";

/** Ends the engine; the VM is treated as `choice` or the setting `app.quit` says. */
export async function quit(context: Context, choice: QuitChoice | undefined): Promise<number> {
  await context.withEngine(async (client) => {
    const vm = choice ?? quitChoice((await client.settings.get())["app.quit"]);
    const ended = untilEngineEnds(client);
    const { state } = await client.vm.status();
    await client.system.quit({ vm });
    await ended;
    await context.output.result({ vm }, () => farewell(vm, state));
  });
  return exitCodes.done;
}

const words: Record<QuitChoice, string> = {
  keep: "Berth has quit; the VM keeps running.",
  suspend: "Berth has quit; the VM is suspended.",
  stop: "Berth has quit; the VM is stopped.",
};

function farewell(vm: QuitChoice, state: Status["state"]): string {
  if (state === "absent" || state === "stopped" || state === "broken") return "Berth has quit.";
  return words[state === "suspended" && vm === "keep" ? "suspend" : vm];
}

/** Nobody can be asked here, and suspending loses nothing. */
function quitChoice(setting: QuitChoice | "ask"): QuitChoice {
  return setting === "ask" ? "suspend" : setting;
}
