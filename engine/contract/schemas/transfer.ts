import { z } from "zod";
import { portBindingSchema } from "./containers.ts";

/** What an archive made of a container by `transfer.exportContainer` says of itself. */
export const containerArchiveSchema = z.object({
  name: z.string(),
  image: z.string(),
  createdAt: z.iso.datetime(),
  volumes: z.array(z.object({ name: z.string(), containerPath: z.string() })),
});
export type ContainerArchive = z.infer<typeof containerArchiveSchema>;

export const importedContainerSchema = z.object({
  id: z.string(),
  name: z.string(),
  /** What could not be as it was: other ports, other volume names. */
  notes: z.array(z.string()),
  ports: z.array(portBindingSchema),
});
