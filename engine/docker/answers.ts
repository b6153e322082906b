import { z } from "zod";
import { count, list, table, text, texts } from "./go-json.ts";

// The parts of Docker's answers (Engine API 1.45) that we use. Other engine versions leave fields out, so nothing is
// taken for granted that could be missing.

export const portTable = table(list(z.object({ HostIp: text, HostPort: text })));

/** Answer of "Inspect a container". */
export const containerAnswer = z.object({
  Id: z.string(),
  Name: z.string(),
  Created: z.string(),
  Path: text,
  Args: texts,
  Image: z.string(),
  State: z.object({
    Status: z.string(),
    Running: z.boolean(),
    ExitCode: z.int(),
    StartedAt: text,
    FinishedAt: text,
    Health: z.object({ Status: z.string() }).nullish(),
  }),
  Config: z.object({
    Image: z.string(),
    Tty: z.boolean(),
    Labels: table(z.string()),
    ExposedPorts: table(z.unknown()),
  }),
  HostConfig: z.object({ AutoRemove: z.boolean().nullish(), PortBindings: portTable }),
  NetworkSettings: z.object({ Ports: portTable }),
});
export type ContainerAnswer = z.infer<typeof containerAnswer>;

/** Answer of "List containers". */
export const containerListAnswer = z.array(
  z.object({
    Id: z.string(),
    Names: texts,
    Image: z.string(),
    ImageID: text,
    Command: text,
    Created: z.number(),
    State: text,
    /** Words such as "Up 2 hours (healthy)" or "Exited (1) 3 days ago". */
    Status: text,
    Ports: list(
      z.object({ IP: text, PrivatePort: z.int(), PublicPort: z.int().nullish(), Type: z.string() }),
    ),
    Labels: table(z.string()),
  }),
);
export type ListedContainerAnswer = z.infer<typeof containerListAnswer>[number];

/** One entry of the answer of "List images". */
export const imageListAnswer = z.array(
  z.object({
    Id: z.string(),
    RepoTags: texts,
    RepoDigests: texts,
    Created: z.number(),
    Size: z.number(),
    /** -1 or absent where Docker did not count. */
    SharedSize: z.number().nullish(),
  }),
);
export type ImageAnswer = z.infer<typeof imageListAnswer>[number];

/** Answer of "Inspect an image". */
export const imageAnswer = z.object({
  Id: z.string(),
  RepoTags: texts,
  RepoDigests: texts,
  Parent: text,
  Created: text,
  Author: text,
  Architecture: text,
  Os: text,
  Size: count,
  RootFS: z.object({ Layers: texts }).nullish(),
  Config: z
    .object({
      Cmd: texts,
      Entrypoint: z
        .union([z.array(z.string()), z.string()])
        .nullish()
        .transform((words) => (typeof words === "string" ? [words] : (words ?? []))),
      User: text,
      WorkingDir: text,
      Env: texts,
      ExposedPorts: table(z.unknown()),
      Volumes: table(z.unknown()),
      Labels: table(z.string()),
    })
    .nullish(),
});

/** Answer of "Create a container". */
export const createdAnswer = z.object({ Id: z.string(), Warnings: texts });

/** Answer of "List volumes". */
export const volumeListAnswer = z.object({
  Volumes: list(z.object({ Name: z.string() })),
});
