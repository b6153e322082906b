import { z } from "zod";
import { configurationSchema, fileChangesSchema } from "../contract/index.ts";

/** Versions are images of this name, so that Docker's clean-up leaves them alone. */
export const VERSION_REPOSITORY = "berth-versions";

/** What a version's image says of it, as JSON in one label. */
const versionLabelSchema = z.object({
  /** The identity of the container that it is of, which stays when that is recreated. */
  container: z.string(),
  /** The container's name then. */
  name: z.string(),
  number: z.int().positive(),
  /** Image id of the version that it came from. */
  parent: z.string().nullable(),
  note: z.string(),
  createdAt: z.iso.datetime(),
  /** The image at the root, as it was named. */
  image: z.string(),
  changes: fileChangesSchema,
  configuration: configurationSchema,
});
export type VersionLabel = z.infer<typeof versionLabelSchema>;

export function writeVersionLabel(label: VersionLabel): string {
  return JSON.stringify(label);
}

/** Null for an image that is no version, or was made by a stranger. */
export function readVersionLabel(text: string | undefined): VersionLabel | null {
  if (text === undefined || text === "") return null;
  try {
    return versionLabelSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** `berth-versions/NAME`: a container's name may hold what a repository's may not. */
export function versionRepository(name: string): string {
  const plain = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
  return `${VERSION_REPOSITORY}/${plain === "" ? "container" : plain}`;
}
