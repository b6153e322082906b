import type { Locator, Page } from "playwright-core";

/** The pages that the navigation and links lead to, by their place in the address. */
export const pagePlaces = ["home", "containers", "run", "images", "settings"] as const;
export type PagePlace = (typeof pagePlaces)[number];

/** Goes to a page as a link in the window would, and waits for its heading. */
export async function goTo(page: Page, place: PagePlace | `containers/${string}`): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(`#/${place}`)}`);
  await page.getByRole("heading", { level: 1 }).waitFor();
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
  await page.waitForFunction(`document.documentElement.dataset.theme === ${JSON.stringify(theme)}`);
}
