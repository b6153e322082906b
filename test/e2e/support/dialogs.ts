import type { ElectronApplication } from "playwright-core";
import { z } from "zod";

const askedSchema = z.array(
  z.object({ message: z.string(), buttons: z.array(z.string()), checkboxLabel: z.string().optional() }),
);

/** Answers every native question of the app from now on, as a person who clicks would. */
export async function answerDialogs(
  app: ElectronApplication,
  answer: { button: string; checked?: boolean },
): Promise<void> {
  await app.evaluate(({ dialog }, { button, checked = false }) => {
    const asked: unknown[] = [];
    Reflect.set(globalThis, "askedDialogs", asked);
    const reply = (...args: unknown[]) => {
      const options = args.at(-1) as { message: string; buttons: string[]; checkboxLabel?: string };
      asked.push({
        message: options.message,
        buttons: options.buttons,
        checkboxLabel: options.checkboxLabel,
      });
      return Promise.resolve({ response: options.buttons.indexOf(button), checkboxChecked: checked });
    };
    Reflect.set(dialog, "showMessageBox", reply);
  }, answer);
}

/** The questions asked since `answerDialogs`. */
export async function askedDialogs(app: ElectronApplication): Promise<z.infer<typeof askedSchema>> {
  return askedSchema.parse(await app.evaluate(() => Reflect.get(globalThis, "askedDialogs") as unknown));
}
