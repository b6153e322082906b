import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import type { Stage } from "./stage.ts";

export interface SessionBus {
  /** Value for `DBUS_SESSION_BUS_ADDRESS`. */
  address: string;
  stop(): Promise<void>;
}

/** A D-Bus session of the app's user that the tests (another user) may join too. */
export async function startSessionBus(stage: Stage): Promise<SessionBus> {
  const configuration = path.join(stage.dir, "session-bus.conf");
  const socket = path.join(stage.dir, "run", "bus");
  await writeFile(
    configuration,
    `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=${socket}</listen>
  <policy context="default">
    <allow user="*"/>
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`,
    { mode: 0o644 },
  );
  const [program, ...args] = stage.command("dbus-daemon", [
    `--config-file=${configuration}`,
    "--nofork",
    "--nopidfile",
    "--print-address=1",
  ]);
  const daemon = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise<void>((resolve) => daemon.once("exit", () => resolve()));
  const address = await new Promise<string>((resolve, reject) => {
    daemon.stdout.once("data", (data: Buffer) => resolve(data.toString().trim()));
    daemon.once("exit", (code) => reject(new Error(`dbus-daemon ended with ${code ?? "a signal"}`)));
    daemon.once("error", reject);
  });
  return {
    address,
    async stop() {
      daemon.kill("SIGTERM");
      await ended;
    },
  };
}
