import type { Endpoint } from "../../endpoint.ts";
import type { Accelerator } from "../../types.ts";

/** Everything that decides QEMU's command line. */
export interface QemuPlan {
  arch: "x64" | "arm64";
  accelerator: Accelerator;
  /** Shown by `query-name`: tells our QEMU from any other. */
  name: string;
  cpus: number;
  memoryMiB: number;
  kernel: string;
  initrd: string;
  kernelArguments: string;
  root: string;
  dataDisk: string;
  /** Where the guest hibernates to; null where QEMU itself writes the machine to a file. */
  hibernationDisk: string | null;
  serialLog: string;
  qmp: Endpoint;
  control: Endpoint;
  /** QEMU writes its process id here: the way to it should we die before noting it. */
  pidFile: string;
  /** fw_cfg entries, by name below opt/dev.berth/. */
  guestFiles: { name: string; file: string }[];
  /** Wait for a saved state instead of booting. */
  incoming: boolean;
}

/**
 * The full argument list, a pure function of the plan. The order of devices is part of the format of saved
 * states: a state fits only the same list.
 */
export function qemuArguments(plan: QemuPlan): string[] {
  return [
    ...["-name", comma(plan.name)],
    ...["-nodefaults", "-no-user-config", "-no-reboot"],
    ...["-display", "none", "-pidfile", plan.pidFile],
    ...machineArguments(plan),
    ...["-m", `${plan.memoryMiB}M`, "-smp", String(plan.cpus)],
    ...["-kernel", plan.kernel, "-initrd", plan.initrd, "-append", plan.kernelArguments],
    ...diskArguments(plan),
    // Port 0: slirp picks a free one, which we ask for over QMP. So no race for a port number.
    ...["-netdev", "user,id=net0,ipv6=off,hostfwd=tcp:127.0.0.1:0-:22"],
    ...["-device", "virtio-net-pci,id=nic0,netdev=net0,romfile="],
    ...consoleArguments(plan),
    ...["-device", "virtio-rng-pci,id=rng0"],
    ...["-device", "virtio-balloon-pci,id=balloon0,free-page-reporting=on"],
    ...plan.guestFiles.flatMap(({ name, file }) => [
      "-fw_cfg",
      `name=opt/dev.berth/${name},file=${comma(file)}`,
    ]),
    ...["-chardev", `socket,id=qmp,${socketAddress(plan.qmp)},server=on,wait=off`],
    ...["-mon", "chardev=qmp,mode=control"],
    // -S: a restored guest must not run before its state file is out of the way and its clock at hand.
    ...(plan.incoming ? ["-S", "-incoming", "defer"] : []),
  ];
}

/**
 * The part of the command line that a saved state depends on: the same list with all places on this
 * computer replaced, so that moving a home does not lose a state.
 */
export function deviceLine(plan: QemuPlan): string {
  const neutral: QemuPlan = {
    ...plan,
    name: "vm",
    kernel: "kernel",
    initrd: "initrd",
    root: "root",
    dataDisk: "data",
    hibernationDisk: plan.hibernationDisk === null ? null : "hibernation",
    serialLog: "serial",
    qmp: { path: "qmp" },
    control: { path: "control" },
    pidFile: "pid",
    guestFiles: [],
    incoming: false,
  };
  return qemuArguments(neutral).join("\n");
}

function machineArguments(plan: QemuPlan): string[] {
  const machine =
    plan.arch === "arm64" ? "virt,gic-version=3" : "q35,vmport=off,smbus=off,sata=off,usb=off,graphics=off";
  return ["-machine", machine, "-accel", acceleratorArgument(plan.accelerator), "-cpu", cpuModel(plan)];
}

function acceleratorArgument(accelerator: Accelerator): string {
  switch (accelerator) {
    case "tcg":
      return "tcg,thread=multi,tb-size=512";
    case "whpx":
      // Without it WHPX is known to fail with "injection failed".
      return "whpx,kernel-irqchip=off";
    case "hvf":
    case "kvm":
      return accelerator;
  }
}

function cpuModel(plan: QemuPlan): string {
  if (plan.accelerator === "hvf" || plan.accelerator === "kvm") return "host";
  // WHPX stops with exit code 4 on `max` on some processors; Nehalem is the x86-64-v2 level that current
  // distributions ask for.
  if (plan.accelerator === "whpx") return "Nehalem";
  // The architected pointer authentication algorithm is very slow when emulated.
  if (plan.arch === "arm64") return "max,pauth-impdef=on";
  // With these a guest copies and clears memory by string instructions a byte at a time, which emulation does
  // byte by byte: three times slower than the loops it takes without them.
  return "max,erms=off,fsrm=off,fsrs=off,fzrm=off";
}

/** Named, so that the guest finds it whatever else there is. */
function hibernationArguments(file: string | null): string[] {
  if (file === null) return [];
  const disk = {
    driver: "qcow2",
    "node-name": "hibernation",
    discard: "unmap",
    "detect-zeroes": "unmap",
    file: { driver: "file", filename: file, discard: "unmap", aio: "threads" },
  };
  return [
    ...["-blockdev", JSON.stringify(disk)],
    ...["-device", "virtio-blk-pci,id=vdc,drive=hibernation,serial=berth-hibernate"],
  ];
}

function diskArguments(plan: QemuPlan): string[] {
  const root = {
    driver: "raw",
    "node-name": "root",
    "read-only": true,
    file: { driver: "file", filename: plan.root, aio: "threads" },
  };
  const data = {
    driver: "qcow2",
    "node-name": "data",
    discard: "unmap",
    "detect-zeroes": "unmap",
    file: { driver: "file", filename: plan.dataDisk, discard: "unmap", aio: "threads" },
  };
  return [
    ...["-blockdev", JSON.stringify(root)],
    ...["-device", "virtio-blk-pci,id=vda,drive=root"],
    ...["-blockdev", JSON.stringify(data)],
    // A full host disk pauses the guest instead of giving it write errors.
    ...["-device", "virtio-blk-pci,id=vdb,drive=data,werror=enospc,rerror=stop"],
    ...hibernationArguments(plan.hibernationDisk),
  ];
}

function consoleArguments(plan: QemuPlan): string[] {
  return [
    ...["-device", "virtio-serial-pci,id=serial0"],
    ...["-chardev", `file,id=console,path=${comma(plan.serialLog)},append=on`],
    ...["-device", "virtconsole,id=hvc0,chardev=console"],
    ...["-chardev", `socket,id=control,${socketAddress(plan.control)},server=on,wait=off`],
    ...["-device", "virtconsole,id=hvc1,chardev=control"],
  ];
}

function socketAddress(endpoint: Endpoint): string {
  return "path" in endpoint ? `path=${comma(endpoint.path)}` : `host=${endpoint.host},port=${endpoint.port}`;
}

/** In QEMU's key=value lists a comma within a value is written twice. */
function comma(value: string): string {
  return value.replaceAll(",", ",,");
}
