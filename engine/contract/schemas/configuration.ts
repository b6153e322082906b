import { z } from "zod";
import { containerNameSchema, portBindingSchema } from "./containers.ts";

const containerPath = z.string().startsWith("/", "A path inside a container starts with '/'.");
const variableSchema = z.object({
  name: z.string().regex(/^[^=\s]+$/, "A name without '=' or spaces."),
  value: z.string(),
});
const textTable = z.record(z.string(), z.string());
const bytes = z.int().nonnegative();
const seconds = z.number().nonnegative();

/** What is mounted into a container. */
const mountSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("volume"),
    /** Null: a volume without a name, made with the container. */
    name: z.string().min(1).nullable(),
    containerPath,
    readOnly: z.boolean().default(false),
    /** The volume that `name: null` stands for now; it is kept when the container is recreated. */
    anonymousVolume: z.string().nullable().default(null),
  }),
  z.object({
    type: z.literal("bind"),
    source: z.string().startsWith("/", "A folder is named with its whole path."),
    containerPath,
    readOnly: z.boolean().default(false),
  }),
  z.object({
    type: z.literal("tmpfs"),
    containerPath,
    /** Null: no limit. */
    sizeBytes: bytes.nullable().default(null),
  }),
]);
export type Mount = z.infer<typeof mountSchema>;

/** How a container is attached. */
const networkingSchema = z.discriminatedUnion("mode", [
  z.object({
    mode: z.literal("networks"),
    /** The first is the one whose gateway is used. `bridge` is Docker's default network. */
    networks: z
      .array(
        z.object({
          name: z.string().min(1),
          aliases: z.array(z.string().min(1)).default([]),
          /** Fixed addresses; null: any free one. */
          ipv4Address: z.ipv4().nullable().default(null),
          ipv6Address: z.ipv6().nullable().default(null),
        }),
      )
      .min(1),
  }),
  z.object({ mode: z.literal("host") }),
  z.object({ mode: z.literal("none") }),
  /** Shares the network of another container. */
  z.object({ mode: z.literal("container"), container: z.string().min(1) }),
]);
export type Networking = z.infer<typeof networkingSchema>;

const healthCheckSchema = z.discriminatedUnion("mode", [
  /** As the image says. */
  z.object({ mode: z.literal("image") }),
  z.object({ mode: z.literal("none") }),
  z.object({
    mode: z.literal("command"),
    /** With `shell` one line for the container's shell, otherwise program and arguments. */
    shell: z.boolean(),
    command: z.array(z.string()).min(1),
    /** Null: Docker's default (30 s, 30 s, 0 s, 3). */
    intervalSeconds: seconds.nullable().default(null),
    timeoutSeconds: seconds.nullable().default(null),
    startPeriodSeconds: seconds.nullable().default(null),
    retries: z.int().min(1).nullable().default(null),
  }),
]);
export type HealthCheck = z.infer<typeof healthCheckSchema>;

/** Null and 0 mean: no limit. */
const limitsSchema = z.object({
  memoryBytes: bytes.nullable().default(null),
  memoryReservationBytes: bytes.nullable().default(null),
  /** Memory and swap together; -1: unlimited swap. */
  memorySwapBytes: z.int().min(-1).nullable().default(null),
  cpus: z.number().nonnegative().nullable().default(null),
  cpuShares: z.int().nonnegative().nullable().default(null),
  /** For example `0-2,4`. */
  cpuset: z.string().default(""),
  processes: z.int().min(-1).nullable().default(null),
});

/** What people change rarely. */
const advancedSchema = z.object({
  /** Empty: Docker's choice. */
  hostname: z.string().default(""),
  domainname: z.string().default(""),
  privileged: z.boolean().default(false),
  capAdd: z.array(z.string()).default([]),
  capDrop: z.array(z.string()).default([]),
  devices: z
    .array(z.object({ source: z.string(), containerPath, permissions: z.string().default("rwm") }))
    .default([]),
  dns: z.array(z.string()).default([]),
  dnsSearch: z.array(z.string()).default([]),
  /** `NAME:ADDRESS` */
  extraHosts: z.array(z.string()).default([]),
  groupAdd: z.array(z.string()).default([]),
  /** Null: as the engine is set. */
  init: z.boolean().nullable().default(null),
  /** Empty: Docker's choice. */
  ipcMode: z.string().default(""),
  pidMode: z.string().default(""),
  readOnlyRoot: z.boolean().default(false),
  securityOptions: z.array(z.string()).default([]),
  shmSizeBytes: bytes.nullable().default(null),
  /** Empty: as the image says. */
  stopSignal: z.string().default(""),
  stopTimeoutSeconds: z.int().nonnegative().nullable().default(null),
  sysctls: textTable.default({}),
  tty: z.boolean().default(false),
  openStdin: z.boolean().default(false),
  ulimits: z.array(z.object({ name: z.string().min(1), soft: z.int(), hard: z.int() })).default([]),
  /** Null: as the engine is set. */
  logging: z
    .object({ driver: z.string().min(1), options: textTable.default({}) })
    .nullable()
    .default(null),
  /** Only for pulling the image, for example `linux/arm64`; empty: the engine's own. */
  platform: z.string().default(""),
});

/**
 * Everything that makes a container, as people write it: what comes from the image is not repeated. Values are text
 * written by strangers.
 */
export const configurationSchema = z.object({
  name: containerNameSchema.nullable().default(null),
  image: z.string().min(1),
  /** Null: the image's. */
  command: z.array(z.string()).nullable().default(null),
  /** Null: the image's; empty: none. */
  entrypoint: z.array(z.string()).nullable().default(null),
  environment: z.array(variableSchema).default([]),
  /** Empty: the image's. */
  user: z.string().default(""),
  workingDirectory: z.string().default(""),
  /** Published ports; a host port of null is any free one. */
  ports: z.array(portBindingSchema).default([]),
  /** Publishes every port that the image exposes on a free one. */
  publishAll: z.boolean().default(false),
  /** Ports for other containers only. */
  expose: z.array(portBindingSchema.pick({ containerPort: true, protocol: true })).default([]),
  mounts: z.array(mountSchema).default([]),
  /** `CONTAINER` or `CONTAINER:ro` */
  volumesFrom: z.array(z.string().min(1)).default([]),
  networking: networkingSchema.default({
    mode: "networks",
    networks: [{ name: "bridge", aliases: [], ipv4Address: null, ipv6Address: null }],
  }),
  links: z.array(z.object({ container: z.string().min(1), alias: z.string().min(1) })).default([]),
  labels: textTable.default({}),
  restart: z
    .object({
      policy: z.enum(["no", "on-failure", "unless-stopped", "always"]),
      /** For on-failure; 0: no end. */
      maximumRetries: z.int().nonnegative().default(0),
    })
    .default({ policy: "no", maximumRetries: 0 }),
  autoRemove: z.boolean().default(false),
  limits: limitsSchema.prefault({}),
  healthCheck: healthCheckSchema.default({ mode: "image" }),
  advanced: advancedSchema.prefault({}),
});
export type Configuration = z.infer<typeof configurationSchema>;

/** A container's configuration with what an editor shows beside it. */
export const editableConfigurationSchema = z.object({
  configuration: configurationSchema,
  /** What the image itself says, for placeholders; null when the image is gone. */
  image: z
    .object({
      id: z.string(),
      command: z.array(z.string()),
      entrypoint: z.array(z.string()),
      environment: z.array(variableSchema),
      user: z.string(),
      workingDirectory: z.string(),
      exposed: z.array(portBindingSchema.pick({ containerPort: true, protocol: true })),
      volumes: z.array(z.string()),
      hasHealthCheck: z.boolean(),
    })
    .nullable(),
  /** Its app, which would make it anew from its Compose file. */
  app: z.object({ project: z.string(), service: z.string() }).nullable(),
  /** Files outside of its volumes that differ from the image: recreating loses them. */
  changedFiles: z.int().nonnegative(),
  /** Containers that share its network or volumes and have to be recreated after it. */
  dependents: z.array(z.string()),
  /** Why it cannot be recreated, or null. */
  refusal: z.string().nullable(),
});
export type EditableConfiguration = z.infer<typeof editableConfigurationSchema>;

/** What a pasted line says; problems name the characters (0-based, `to` exclusive) they are about. */
export const parsedRunLineSchema = z.object({
  /** Null while there are problems. */
  configuration: configurationSchema.nullable(),
  problems: z.array(z.object({ message: z.string(), from: z.int(), to: z.int() })),
  /** What was left out on purpose, for example `--detach`. */
  notes: z.array(z.string()),
});
export type ParsedRunLine = z.infer<typeof parsedRunLineSchema>;

export const recreatedSchema = z.object({
  id: z.string(),
  warnings: z.array(z.string()),
});
