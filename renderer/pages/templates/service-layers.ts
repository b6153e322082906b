import type { TemplateService } from "../../../engine/contract/index.ts";

/** Services in columns: each stands right of all that need it. Circles end where they begin. */
export function layersOf(services: readonly TemplateService[]): readonly (readonly TemplateService[])[] {
  const byName = new Map(services.map((service) => [service.name, service]));
  const depths = new Map<string, number>();
  const place = (name: string, depth: number, above: readonly string[]): void => {
    if (above.includes(name) || (depths.get(name) ?? -1) >= depth) return;
    depths.set(name, depth);
    for (const next of byName.get(name)?.dependsOn ?? []) {
      if (byName.has(next)) place(next, depth + 1, [...above, name]);
    }
  };
  const needed = new Set(services.flatMap(({ dependsOn }) => dependsOn));
  for (const { name } of services) if (!needed.has(name)) place(name, 0, []);
  for (const { name } of services) if (!depths.has(name)) place(name, 0, []);
  const last = Math.max(0, ...depths.values());
  return Array.from({ length: last + 1 }, (_, depth) =>
    services.filter(({ name }) => depths.get(name) === depth),
  );
}
