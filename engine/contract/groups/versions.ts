import { z } from "zod";
import { base, byId, nothing } from "../base.ts";
import { recreatedSchema } from "../schemas/configuration.ts";
import { containerNameSchema, portBindingSchema } from "../schemas/containers.ts";
import { fileChangesSchema, versionSchema, versionTreeSchema } from "../schemas/versions.ts";

/** `version` is a version's id. */
const ofContainer = byId.extend({ version: z.string().min(1) });

/**
 * Versions of containers; `id` is the container's. What takes long is shown as an activity, and goes on when the
 * caller leaves; the call answers when it is done.
 */
export const versions = {
  tree: base.input(byId).output(versionTreeSchema),
  /** Keeps the container's files and configuration; volumes are not part of it. */
  snapshot: base
    .input(
      byId.extend({
        note: z.string().max(1000).default(""),
        /** Halt the container for the moment that it takes, so that its files fit together. */
        pause: z.boolean().default(true),
      }),
    )
    .output(versionSchema),
  /** Files that differ between a version and its parent; without `version` between the container and what it runs from. */
  changes: base.input(byId.extend({ version: z.string().min(1).optional() })).output(fileChangesSchema),
  /** Recreates the container with the files of a version and its own configuration and volumes. */
  revert: base
    .input(
      ofContainer.extend({
        /** Keep what it is now as a version first, where files changed since the last one. */
        keepPresent: z.boolean().default(true),
      }),
    )
    .output(recreatedSchema),
  /** Makes a container beside it; host ports that are taken are replaced by free ones, which are told. */
  fork: base
    .input(
      byId.extend({
        /** Without it: the container as it is now. */
        version: z.string().min(1).optional(),
        name: containerNameSchema,
        /** `copy` gives the fork volumes of its own with the same content. */
        volumes: z.enum(["copy", "share", "empty"]).default("copy"),
        start: z.boolean().default(true),
      }),
    )
    .output(
      recreatedSchema.extend({
        ports: z.array(z.object({ asked: z.int().nullable(), given: portBindingSchema })),
        volumes: z.array(z.object({ from: z.string(), to: z.string() })),
      }),
    ),
  /** Gives a version a name as an image. */
  promote: base.input(ofContainer.extend({ tag: z.string().min(1).max(255) })).output(nothing),
  /** Throws `version_in_use`, naming the containers or versions that need it. */
  remove: base.input(ofContainer).output(nothing),
};
