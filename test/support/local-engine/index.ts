/**
 * The local engine: a real Berth engine over a real dockerd without a VM, ready in about a second, for tests of
 * everything about Docker. The guest image's own containerd and dockerd, under the guest's own supervisor, run
 * with the image's root, behind namespaces of their own (mounts, network, processes, …) on this computer. Networks
 * and ports of several local engines never meet; published ports are forwarded to 127.0.0.1 as the tunnel does.
 *
 * It needs Linux and root. Everything ends with the process that started it, even when that is killed.
 *
 * What differs from the VM, which stays the truth for the life cycle: the kernel, its modules and control groups
 * are this computer's; there is no network to the outside; starting is always cold; pausing, suspending and what
 * else only a VM can do is refused; UDP ports are not forwarded; the VM's shell cannot be resized.
 */
export { startRegistry } from "./registry.ts";
export { localEngineProblem, startLocalEngine, type LocalEngine } from "./start.ts";
export { buildTinyImage, pullImage, pushImage } from "./images.ts";
