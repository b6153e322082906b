import type { Settings } from "../../engine/contract/index.ts";
import { readPreference, writePreference } from "./preferences.ts";

export type ThemeChoice = Settings["app.theme"];

const systemLight = window.matchMedia("(prefers-color-scheme: light)");

/** Applies the theme to the page. Before the settings arrive, the last known choice holds. */
class Theme {
  shown: "dark" | "light" = $state("dark");
  private choice: ThemeChoice = "system";

  constructor() {
    systemLight.addEventListener("change", () => this.apply(this.choice));
  }

  restore(): void {
    const last = readPreference("theme");
    this.apply(last === "dark" || last === "light" ? last : "system");
  }

  apply(choice: ThemeChoice): void {
    this.choice = choice;
    this.shown = choice === "system" ? (systemLight.matches ? "light" : "dark") : choice;
    document.documentElement.dataset.theme = this.shown;
    writePreference("theme", choice);
  }
}

export const theme = new Theme();
