/** Labels by which Berth knows its own; they are no part of what people configure. */
const PREFIX = "dev.berth.";

/** The id of the first container of a row of recreated ones. */
export const IDENTITY_LABEL = "dev.berth.identity";

/** What a version is, on its image. A container that is made of a version has it empty, not the image's. */
export const VERSION_LABEL = "dev.berth.version";

export function withoutBerthLabels(labels: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !name.startsWith(PREFIX)));
}

/** What stays the same when a container is recreated. */
export function identityOf(container: { Id: string; Config: { Labels: Record<string, string> } }): string {
  return container.Config.Labels[IDENTITY_LABEL] ?? container.Id;
}
