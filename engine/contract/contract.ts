import { oc } from "@orpc/contract";
import { z } from "zod";
import { activitySchema } from "./schemas/activity.ts";
import { containerSummarySchema, logLineSchema, runSpecSchema } from "./schemas/containers.ts";
import { checkSchema } from "./schemas/diagnostics.ts";
import { imageDefaultsSchema, imageSummarySchema } from "./schemas/images.ts";
import { portForwardSchema } from "./schemas/ports.ts";
import { settingsPatchSchema, settingsSchema } from "./schemas/settings.ts";
import { logSourceSchema, resourceSampleSchema, statusSchema } from "./schemas/vm.ts";
import { changesOf, streamOf } from "./streams.ts";

/** Every failure that a person may see crosses the contract as this one typed error. */
const base = oc.errors({
  FAILED: {
    status: 422,
    data: z.object({
      code: z.string(),
      hint: z.string(),
      details: z.record(z.string(), z.unknown()).optional(),
    }),
  },
});

const nothing = z.void();
const byId = z.object({ id: z.string().min(1) });
const keep = z.enum(["keep", "suspend", "stop"]);

const system = {
  /** Opens every connection: tells who answers, so that a newer client can replace an older engine. */
  hello: base.input(z.object({ version: z.string(), protocol: z.int() })).output(
    z.object({
      version: z.string(),
      protocol: z.int(),
      pid: z.int(),
      home: z.string(),
      platform: z.string(),
      startedAt: z.iso.datetime(),
    }),
  ),
  /** Ends the engine; `keep` leaves the VM running for the next engine to adopt. */
  quit: base.input(z.object({ vm: keep })).output(nothing),
  checks: base.output(z.array(checkSchema)),
  fix: base.input(byId).output(z.array(checkSchema)),
};

const flow = {
  /** Acknowledges a stream's batches up to `seq`. Sent by `readStream`, never by hand. */
  ack: oc.input(z.object({ stream: z.string(), seq: z.int() })).output(nothing),
};

const vm = {
  status: base.output(statusSchema),
  watch: base.output(streamOf(statusSchema)),
  start: base.input(z.object({ cold: z.boolean().default(false) })).output(nothing),
  /** Stops containers in order, then the VM; `force` ends it at once, as pulling the plug would. */
  stop: base.input(z.object({ force: z.boolean().default(false) })).output(nothing),
  restart: base.output(nothing),
  pause: base.output(nothing),
  unpause: base.output(nothing),
  suspend: base.output(nothing),
  resume: base.output(nothing),
  /** Removes the VM; without `keepData` its disk with all images, containers and volumes too. */
  delete: base.input(z.object({ keepData: z.boolean() })).output(nothing),
  /** Samples about every two seconds, for as long as the stream is read. */
  resources: base.output(streamOf(resourceSampleSchema)),
  logs: base
    .input(
      z.object({
        source: logSourceSchema,
        follow: z.boolean().default(false),
        tailLines: z.int().min(0).max(100_000).default(1000),
      }),
    )
    .output(streamOf(z.string())),
};

const terminal = {
  /** Runs a command with a terminal, in the VM or in a container. `data` is base64. The last item is the exit code. */
  open: base
    .input(
      z.object({
        session: z.uuid(),
        target: z.discriminatedUnion("kind", [
          z.object({ kind: z.literal("vm") }),
          z.object({ kind: z.literal("container"), id: z.string(), user: z.string().optional() }),
        ]),
        /** Empty: a login shell. */
        command: z.array(z.string()),
        tty: z.boolean(),
        columns: z.int().min(1).max(1000).default(80),
        rows: z.int().min(1).max(1000).default(24),
      }),
    )
    .output(
      streamOf(
        z.discriminatedUnion("kind", [
          z.object({ kind: z.literal("stdout"), data: z.string() }),
          z.object({ kind: z.literal("stderr"), data: z.string() }),
          z.object({ kind: z.literal("exit"), code: z.int() }),
        ]),
      ),
    ),
  /** Sends input; `end` closes the command's standard input. */
  input: base
    .input(z.object({ session: z.uuid(), data: z.string(), end: z.boolean().default(false) }))
    .output(nothing),
  resize: base.input(z.object({ session: z.uuid(), columns: z.int(), rows: z.int() })).output(nothing),
};

const containers = {
  list: base.output(z.array(containerSummarySchema)),
  watch: base.output(changesOf(containerSummarySchema)),
  /** Creates and starts a container; pulls the image first where it is missing (shown as an activity). */
  run: base.input(runSpecSchema).output(z.object({ id: z.string(), warnings: z.array(z.string()) })),
  start: base.input(byId).output(nothing),
  stop: base.input(byId).output(nothing),
  restart: base.input(byId).output(nothing),
  pause: base.input(byId).output(nothing),
  unpause: base.input(byId).output(nothing),
  kill: base.input(byId).output(nothing),
  remove: base
    .input(byId.extend({ force: z.boolean().default(false), volumes: z.boolean().default(false) }))
    .output(nothing),
  logs: base
    .input(
      byId.extend({
        tailLines: z.int().min(0).max(100_000).default(1000),
        follow: z.boolean().default(true),
      }),
    )
    .output(streamOf(logLineSchema)),
  inspect: base.input(byId).output(z.record(z.string(), z.unknown())),
};

const images = {
  list: base.output(z.array(imageSummarySchema)),
  watch: base.output(changesOf(imageSummarySchema)),
  /** What the image says of itself; the image must be present. */
  defaults: base.input(z.object({ reference: z.string().min(1) })).output(imageDefaultsSchema),
  /** Starts a pull and answers at once with its activity. */
  pull: base.input(z.object({ reference: z.string().min(1) })).output(z.object({ activity: z.string() })),
  remove: base.input(byId.extend({ force: z.boolean().default(false) })).output(nothing),
};

const volumes = {
  /** Names only, for pickers. */
  names: base.output(z.array(z.string())),
};

const ports = {
  list: base.output(z.array(portForwardSchema)),
  watch: base.output(streamOf(z.array(portForwardSchema))),
  /** Tells whether a host port is free, who holds it where that is known, and the next free one. */
  check: base
    .input(z.object({ hostPort: z.int().min(1).max(65535) }))
    .output(z.object({ free: z.boolean(), holder: z.string().nullable(), nextFree: z.int() })),
};

const activity = {
  list: base.output(z.array(activitySchema)),
  watch: base.output(changesOf(activitySchema)),
  cancel: base.input(byId).output(nothing),
  /** Takes a finished activity off the list. */
  dismiss: base.input(byId).output(nothing),
};

const settings = {
  get: base.output(settingsSchema),
  /** Changes settings, all or none; answers which of them need a restart of the VM. */
  set: base
    .input(settingsPatchSchema)
    .output(z.object({ settings: settingsSchema, needsRestart: z.array(z.string()) })),
  watch: base.output(streamOf(settingsSchema)),
};

const serve = {
  /** Serves the window over HTTP; the address holds a one-time token. */
  start: base
    .input(z.object({ host: z.string(), port: z.int().min(0).max(65535) }))
    .output(z.object({ address: z.string() })),
  stop: base.output(nothing),
};

/** Everything that the engine does for its clients. */
export const contract = {
  system,
  flow,
  vm,
  terminal,
  containers,
  images,
  volumes,
  ports,
  activity,
  settings,
  serve,
};
