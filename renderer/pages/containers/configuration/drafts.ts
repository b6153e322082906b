import type { ConfigurationForm } from "./configuration-form.ts";

/** Forms that were changed and not applied, by container, kept while the window is open: leaving a tab loses nothing. */
export const configurationDrafts = new Map<string, ConfigurationForm>();
