import type { Locator, Page } from "playwright-core";

/** The pages that the navigation and links lead to: their place in the address and their heading. */
const headings = {
  home: "Home",
  apps: "Apps",
  templates: "Templates",
  containers: "Containers",
  run: "Run a container",
  images: "Images",
  settings: "Settings",
} as const;
export type PagePlace = keyof typeof headings;
export const pagePlaces = ["home", "apps", "containers", "run", "images", "settings"] as const;

/** Goes to a page as a link in the window would, and waits for its heading. */
export async function goTo(page: Page, place: PagePlace): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(`#/${place}`)}`);
  await page.getByRole("heading", { level: 1, name: headings[place], exact: true }).waitFor();
}

/** The block at the foot of the navigation that tells the VM's state on every page. */
export function vmBlock(page: Page): Locator {
  return page.getByRole("navigation", { name: "Main" }).getByRole("region", { name: "VM" });
}

/** The VM on the Home page, with its actions and the boot's time line. */
export function machine(page: Page): Locator {
  return page.getByRole("region", { name: "The VM" });
}

/** Waits until the page has the theme. */
export async function untilTheme(page: Page, theme: "dark" | "light"): Promise<void> {
  await page.locator(`html[data-theme="${theme}"]`).waitFor({ state: "attached" });
}
