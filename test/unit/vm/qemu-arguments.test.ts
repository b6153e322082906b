import { describe, expect, it } from "vitest";
import { deviceLine, type QemuPlan, qemuArguments } from "../../../vm/host/driver/qemu/arguments.ts";

const plan: QemuPlan = {
  arch: "x64",
  accelerator: "tcg",
  name: "berth-run",
  cpus: 2,
  memoryMiB: 2048,
  kernel: "/image/kernel",
  initrd: "/image/initrd",
  kernelArguments: "console=hvc0 quiet",
  root: "/image/root.erofs",
  dataDisk: "/home/vm/data.qcow2",
  hibernationDisk: null,
  serialLog: "/home/logs/serial.log",
  qmp: { path: "/home/vm/qmp.sock" },
  control: { path: "/home/vm/control.sock" },
  pidFile: "/home/vm/qemu.pid",
  guestFiles: [
    { name: "authorized_keys", file: "/home/vm/guest/authorized_keys" },
    { name: "host_key", file: "/home/vm/guest/host_key" },
  ],
  incoming: false,
};
const loopback = (port: number) => ({ host: "127.0.0.1", port });

const variants: Record<string, QemuPlan> = {
  "tcg-x64": plan,
  "tcg-arm64": { ...plan, arch: "arm64" },
  "kvm-x64": { ...plan, accelerator: "kvm" },
  "kvm-arm64": { ...plan, arch: "arm64", accelerator: "kvm" },
  "hvf-x64": { ...plan, accelerator: "hvf" },
  "hvf-arm64": { ...plan, arch: "arm64", accelerator: "hvf" },
  "whpx-x64": {
    ...plan,
    accelerator: "whpx",
    dataDisk: "C:\\Users\\A B\\AppData\\Local\\Berth\\vm\\data.qcow2",
    hibernationDisk: "C:\\Users\\A B\\AppData\\Local\\Berth\\vm\\hibernation.qcow2",
    serialLog: "C:\\Users\\A B\\AppData\\Local\\Berth\\logs\\serial.log",
    qmp: loopback(40001),
    control: loopback(40002),
  },
  "resume-tcg-x64": { ...plan, incoming: true },
};

describe("QEMU's command line", () => {
  it.each(Object.entries(variants))("is as agreed for %s", async (name, variant) => {
    const lines = qemuArguments(variant)
      .map((argument) => (argument.startsWith("-") ? argument : `    ${argument}`))
      .join("\n");
    await expect(`${lines}\n`).toMatchFileSnapshot(`goldens/${name}.txt`);
  });

  it("keeps paths with commas, spaces and quotes whole", () => {
    const odd = `/a, b="c"/`;
    const args = qemuArguments({
      ...plan,
      dataDisk: `${odd}data.qcow2`,
      serialLog: `${odd}serial.log`,
      qmp: { path: `${odd}qmp` },
      guestFiles: [{ name: "host_key", file: `${odd}key` }],
    });
    const data = args.find((argument) => argument.includes("data.qcow2")) ?? "";
    expect(JSON.parse(data)).toMatchObject({ file: { filename: `${odd}data.qcow2` } });
    expect(args).toContain(`file,id=console,path=/a,, b="c"/serial.log,append=on`);
    expect(args).toContain(`name=opt/dev.berth/host_key,file=/a,, b="c"/key`);
    expect(args).toContain(`socket,id=qmp,path=/a,, b="c"/qmp,server=on,wait=off`);
  });

  it("has a device line that only changes with the machine, not with its place", () => {
    const moved: QemuPlan = { ...plan, dataDisk: "/elsewhere/data.qcow2", name: "other", incoming: true };
    expect(deviceLine(moved)).toBe(deviceLine(plan));
    for (const change of [{ cpus: 4 }, { memoryMiB: 4096 }, { accelerator: "kvm" as const }]) {
      expect(deviceLine({ ...plan, ...change })).not.toBe(deviceLine(plan));
    }
  });
});
