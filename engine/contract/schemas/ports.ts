import { z } from "zod";

/** One published port and how it is reached from the host. */
export const portForwardSchema = z.object({
  host: z.string(),
  hostPort: z.int(),
  guestPort: z.int(),
  protocol: z.enum(["tcp", "udp"]),
  container: z.string(),
  state: z.enum(["listening", "waiting", "failed"]),
  problem: z.string().nullable(),
});
export type PortForward = z.infer<typeof portForwardSchema>;
