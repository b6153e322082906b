import { z } from "zod";

/**
 * The QMP commands we use and the replies we rely on (QEMU Machine Protocol, docs/interop/qmp-spec).
 * Replies are validated loosely: unknown members are ignored, what we read must have its type.
 */
const empty = z.unknown().transform(() => undefined);

export const runStates = [
  "debug",
  "inmigrate",
  "internal-error",
  "io-error",
  "paused",
  "postmigrate",
  "prelaunch",
  "finish-migrate",
  "restore-vm",
  "running",
  "save-vm",
  "shutdown",
  "suspended",
  "watchdog",
  "guest-panicked",
  "colo",
] as const;
export type RunState = (typeof runStates)[number];

export const qmpReplies = {
  qmp_capabilities: empty,
  "query-status": z.object({ status: z.enum(runStates) }),
  "query-name": z.object({ name: z.string().optional() }),
  "query-version": z.object({
    qemu: z.object({ major: z.number(), minor: z.number(), micro: z.number() }),
    package: z.string(),
  }),
  stop: empty,
  cont: empty,
  quit: empty,
  migrate: empty,
  migrate_cancel: empty,
  "migrate-incoming": empty,
  "migrate-set-capabilities": empty,
  "migrate-set-parameters": empty,
  "query-migrate": z.object({
    status: z.string().optional(),
    "error-desc": z.string().optional(),
    ram: z.object({ total: z.number(), remaining: z.number() }).optional(),
  }),
  block_resize: empty,
  "human-monitor-command": z.string(),
};

export type QmpCommand = keyof typeof qmpReplies;
export type QmpReply<C extends QmpCommand> = z.infer<(typeof qmpReplies)[C]>;

/** Arguments of the commands that take some. */
export interface QmpArguments {
  migrate: { uri: string };
  "migrate-incoming": { uri: string };
  "migrate-set-capabilities": { capabilities: { capability: string; state: boolean }[] };
  "migrate-set-parameters": Record<string, number | string | boolean>;
  block_resize: { "node-name": string; size: number };
  "human-monitor-command": { "command-line": string };
}

/** Events as they come; the ones we act on are read with the schemas below. */
export interface QmpEvent {
  event: string;
  data: Record<string, unknown>;
}

export const migrationEvent = z.object({ status: z.string() });
export const shutdownEvent = z.object({ guest: z.boolean(), reason: z.string() });
export const blockIoErrorEvent = z.object({
  device: z.string().optional(),
  "node-name": z.string().optional(),
  operation: z.enum(["read", "write"]),
  action: z.enum(["ignore", "report", "stop"]),
  nospace: z.boolean().optional(),
  reason: z.string(),
});

export const qmpGreeting = z.object({ QMP: z.object({ version: qmpReplies["query-version"] }) });
export const qmpMessage = z.union([
  z.object({ return: z.unknown(), id: z.number() }),
  z.object({
    error: z.object({ class: z.string(), desc: z.string() }),
    id: z.number().optional(),
  }),
  z.object({ event: z.string(), data: z.record(z.string(), z.unknown()).default({}) }),
]);
