import { z } from "zod";

const networkMemberSchema = z.object({
  id: z.string(),
  name: z.string(),
  running: z.boolean(),
  address: z.string(),
  aliases: z.array(z.string()),
});
export type NetworkMember = z.infer<typeof networkMemberSchema>;

export const networkSummarySchema = z.object({
  id: z.string(),
  name: z.string(),
  driver: z.string(),
  createdAt: z.iso.datetime().nullable(),
  internal: z.boolean(),
  ipv6: z.boolean(),
  subnets: z.array(z.object({ subnet: z.string(), gateway: z.string() })),
  options: z.record(z.string(), z.string()),
  labels: z.record(z.string(), z.string()),
  project: z.string().nullable(),
  /** Docker's own: bridge, host and none. */
  builtIn: z.boolean(),
  members: z.array(networkMemberSchema),
});
export type NetworkSummary = z.infer<typeof networkSummarySchema>;

const name = z
  .string()
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/, "Use letters, digits, '_', '.' and '-'.")
  .max(128);
const pairs = z
  .array(z.object({ name: z.string().min(1), value: z.string() }))
  .max(50)
  .default([]);

export const networkSpecSchema = z.object({
  name,
  driver: z.enum(["bridge", "macvlan", "ipvlan"]).default("bridge"),
  /** `172.30.0.0/16`; empty lets Docker choose. */
  subnet: z.string().trim().max(64).default(""),
  gateway: z.string().trim().max(64).default(""),
  ipRange: z.string().trim().max(64).default(""),
  /** Nothing in it reaches the outside. */
  internal: z.boolean().default(false),
  ipv6: z.boolean().default(false),
  options: pairs,
  labels: pairs,
});
export type NetworkSpec = z.infer<typeof networkSpecSchema>;
