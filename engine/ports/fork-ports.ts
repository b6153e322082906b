import type { PortBinding } from "../contract/index.ts";
import { DetailedError } from "../errors.ts";

/** Host ports as they were asked for where they are free, else the next free ones. */
export async function forkPorts(
  ports: readonly PortBinding[],
  reserve: (ports: PortBinding[]) => Promise<PortBinding[]>,
): Promise<{ asked: number | null; given: PortBinding }[]> {
  const chosen: { asked: number | null; given: PortBinding }[] = [];
  for (const port of ports) {
    const before = chosen.map(({ given }) => given);
    const given = await firstFree(before, port, reserve);
    chosen.push({ asked: port.hostPort, given });
  }
  return chosen;
}

async function firstFree(
  before: PortBinding[],
  port: PortBinding,
  reserve: (ports: PortBinding[]) => Promise<PortBinding[]>,
): Promise<PortBinding> {
  let wanted = port;
  for (;;) {
    try {
      const reserved = await reserve([...before, wanted]);
      return reserved.at(-1) ?? wanted;
    } catch (error) {
      const next =
        error instanceof DetailedError && error.code === "port_in_use" ? error.details["nextFree"] : null;
      if (typeof next !== "number" || next === wanted.hostPort) throw error;
      wanted = { ...port, hostPort: next };
    }
  }
}
