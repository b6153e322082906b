import type Docker from "dockerode";
import { z } from "zod";
import { portTable } from "../docker/answers.ts";
import { count, flag, list, table, text, texts } from "../docker/go-json.ts";

/**
 * Docker's full description of a container and of its image (Engine API 1.45), as far as a container can be made
 * anew of it. What is not named here stays in the objects, so that nothing is lost on the way back.
 */
const words = z
  .union([z.array(z.string()), z.string()])
  .nullish()
  .transform((value) => (typeof value === "string" ? [value] : (value ?? null)));
const set = table(z.unknown()).transform((entries) => Object.keys(entries));

const healthAnswer = z
  .object({ Test: texts, Interval: count, Timeout: count, StartPeriod: count, Retries: count })
  .nullish()
  .transform((value) => value ?? null);
export type HealthAnswer = z.infer<typeof healthAnswer>;

const hostMountAnswer = z.looseObject({
  Type: z.string(),
  Source: text,
  Target: z.string(),
  ReadOnly: flag,
  TmpfsOptions: z.object({ SizeBytes: count }).nullish(),
});

const endpointAnswer = z.object({
  NetworkID: text,
  Aliases: texts,
  Links: texts,
  IPAMConfig: z.object({ IPv4Address: text, IPv6Address: text }).nullish(),
});

const containerDetails = z.object({
  Id: z.string(),
  Name: z.string().transform((name) => name.replace(/^\//, "")),
  Image: z.string(),
  State: z.object({
    Status: z.string(),
    Running: z.boolean(),
    Paused: flag,
    Restarting: flag,
    ExitCode: z.int(),
    Error: text,
    Health: z.object({ Status: z.string() }).nullish(),
  }),
  Config: z.object({
    Hostname: text,
    Domainname: text,
    User: text,
    Tty: flag,
    OpenStdin: flag,
    StdinOnce: flag,
    Env: texts,
    Cmd: words,
    Entrypoint: words,
    Image: z.string(),
    WorkingDir: text,
    Volumes: set,
    Labels: table(z.string()),
    ExposedPorts: set,
    Healthcheck: healthAnswer,
    StopSignal: text,
    StopTimeout: z.int().nullish(),
  }),
  HostConfig: z.looseObject({
    Binds: texts,
    Mounts: list(hostMountAnswer),
    Tmpfs: table(z.string()),
    NetworkMode: text,
    PortBindings: portTable,
    PublishAllPorts: flag,
    RestartPolicy: z
      .object({ Name: text, MaximumRetryCount: count })
      .nullish()
      .transform((policy) => policy ?? { Name: "", MaximumRetryCount: 0 }),
    AutoRemove: flag,
    VolumesFrom: texts,
    Links: texts,
    Memory: count,
    MemoryReservation: count,
    MemorySwap: count,
    NanoCpus: count,
    CpuShares: count,
    CpusetCpus: text,
    PidsLimit: count,
    Privileged: flag,
    CapAdd: texts,
    CapDrop: texts,
    Devices: list(z.object({ PathOnHost: z.string(), PathInContainer: z.string(), CgroupPermissions: text })),
    Dns: texts,
    DnsSearch: texts,
    ExtraHosts: texts,
    GroupAdd: texts,
    Init: z
      .boolean()
      .nullish()
      .transform((value) => value ?? null),
    IpcMode: text,
    PidMode: text,
    ReadonlyRootfs: flag,
    SecurityOpt: texts,
    ShmSize: count,
    Sysctls: table(z.string()),
    Ulimits: list(z.object({ Name: z.string(), Soft: z.int(), Hard: z.int() })),
    LogConfig: z
      .object({ Type: text, Config: table(z.string()) })
      .nullish()
      .transform((config) => config ?? { Type: "", Config: {} }),
  }),
  Mounts: list(
    z.object({ Type: z.string(), Name: text, Source: text, Destination: z.string(), RW: z.boolean() }),
  ),
  NetworkSettings: z.object({ Networks: table(endpointAnswer) }),
});
export type ContainerDetails = z.infer<typeof containerDetails>;

const imageDetails = z.object({
  Id: z.string(),
  RepoTags: texts,
  Created: text,
  Size: count,
  Config: z
    .object({
      Cmd: words,
      Entrypoint: words,
      User: text,
      WorkingDir: text,
      Env: texts,
      ExposedPorts: set,
      Volumes: set,
      Labels: table(z.string()),
      Healthcheck: healthAnswer,
      StopSignal: text,
    })
    .nullish()
    .transform((config) => config ?? null),
});
export type ImageDetails = z.infer<typeof imageDetails>;

export async function containerDetailsOf(docker: Docker, id: string): Promise<ContainerDetails> {
  return containerDetails.parse(await docker.getContainer(encodeURIComponent(id)).inspect());
}

export async function imageDetailsOf(docker: Docker, reference: string): Promise<ImageDetails> {
  return imageDetails.parse(await docker.getImage(reference).inspect());
}
