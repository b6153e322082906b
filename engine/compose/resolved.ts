import { z } from "zod";

/** Go leaves out what is empty, or writes null; for us both are null. */
const nullish = <T extends z.ZodType>(type: T) => type.nullish().transform((value) => value ?? null);
const table = z
  .record(
    z.string(),
    z.union([z.string(), z.number(), z.boolean(), z.null()]).transform((value) => String(value ?? "")),
  )
  .nullish()
  .transform((entries) => entries ?? {});

const build = z.object({
  context: z.string().default("."),
  dockerfile: nullish(z.string()),
  dockerfile_inline: nullish(z.string()),
  args: table,
  target: nullish(z.string()),
  additional_contexts: table,
});
export type ResolvedBuild = z.infer<typeof build>;

const mount = z.object({
  type: z.string(),
  source: nullish(z.string()),
  target: z.string(),
  read_only: nullish(z.boolean()),
  bind: nullish(z.record(z.string(), z.unknown())),
});
export type ResolvedMount = z.infer<typeof mount>;

const service = z.object({
  image: nullish(z.string()),
  build: nullish(build),
  container_name: nullish(z.string()),
  volumes: nullish(z.array(mount)).transform((list) => list ?? []),
  ports: nullish(
    z.array(
      z.object({
        target: z.int(),
        published: nullish(z.union([z.string(), z.number()]).transform(String)),
        protocol: z.string().default("tcp"),
        host_ip: nullish(z.string()),
      }),
    ),
  ).transform((list) => list ?? []),
  depends_on: nullish(z.record(z.string(), z.unknown())).transform((entries) => Object.keys(entries ?? {})),
});

const fileEntries = z
  .record(z.string(), z.object({ file: nullish(z.string()) }))
  .nullish()
  .transform((entries) => entries ?? {});

/** The parts of `docker compose config --format json` that we use. */
export const resolvedSchema = z.object({
  name: z.string(),
  services: z
    .record(z.string(), service)
    .nullish()
    .transform((services) => services ?? {}),
  volumes: z
    .record(z.string(), z.object({ driver_opts: table }).nullish())
    .nullish()
    .transform((volumes) => volumes ?? {}),
  secrets: fileEntries,
  configs: fileEntries,
});
export type ResolvedProject = z.infer<typeof resolvedSchema>;

/** The image that a service runs: the one it names, or what Compose calls the one it builds. */
export function imageOf(project: ResolvedProject, name: string): string {
  return project.services[name]?.image ?? `${project.name}-${name}`;
}

/** The services and all that they depend on; all services when none are named. */
export function withDependencies(project: ResolvedProject, services: readonly string[]): string[] {
  if (services.length === 0) return Object.keys(project.services);
  const wanted = new Set<string>();
  const visit = (name: string) => {
    const service = project.services[name];
    if (service === undefined || wanted.has(name)) return;
    wanted.add(name);
    for (const dependency of service.depends_on) visit(dependency);
  };
  for (const name of services) visit(name);
  return [...wanted];
}
