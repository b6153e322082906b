import type { Context } from "../context.ts";
import { untilEngineEnds } from "../engine-end.ts";
import { exitCodes } from "../failure.ts";

type QuitChoice = "keep" | "suspend" | "stop";

/** Ends the engine; the VM is treated as `choice` or the setting `app.quit` says. */
export async function quit(context: Context, choice: QuitChoice | undefined): Promise<number> {
  await context.withEngine(async (client) => {
    const vm = choice ?? quitChoice((await client.settings.get())["app.quit"]);
    const ended = untilEngineEnds(client);
    await client.system.quit({ vm });
    await ended;
    await context.output.result({ vm }, () => words[vm]);
  });
  return exitCodes.done;
}

const words: Record<QuitChoice, string> = {
  keep: "Berth has quit; the VM keeps running.",
  suspend: "Berth has quit; the VM is suspended.",
  stop: "Berth has quit; the VM is stopped.",
};

/** Nobody can be asked here, and suspending loses nothing. */
function quitChoice(setting: QuitChoice | "ask"): QuitChoice {
  return setting === "ask" ? "suspend" : setting;
}
