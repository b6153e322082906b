import { z } from "zod";

/** `host`, `host:port`, or `docker.io`; what people paste from a browser is taken apart first. */
export const registryAddressSchema = z
  .string()
  .trim()
  .min(1)
  .max(300)
  .transform((text) => text.replace(/^https?:\/\//i, "").replace(/\/+(v[12]\/?)?$/i, ""))
  .refine((text) => /^(\[[0-9a-f:]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?$/.test(text), {
    message: "An address such as registry.example.com or localhost:5000.",
  });

/** A registry that somebody signed in to, or that the settings name. */
const registrySchema = z.object({
  /** The address, unique. */
  id: z.string(),
  title: z.string(),
  /** Who is signed in, null when nobody is. */
  username: z.string().nullable(),
  insecure: z.boolean(),
  /** Address without scheme, when it is a container of ours. */
  container: z.string().nullable(),
});
export type Registry = z.infer<typeof registrySchema>;

/** The sign-ins and where they are kept. */
export const registriesSchema = z.object({
  registries: z.array(registrySchema),
  /** Program that keeps the passwords; null where none is installed, and then nobody can sign in. */
  helper: z.string().nullable(),
  problem: z.object({ message: z.string(), hint: z.string() }).nullable(),
});
export type Registries = z.infer<typeof registriesSchema>;

export const registryTestSchema = z.object({
  ok: z.boolean(),
  /** Why not, for programs: `unreachable`, `bad_certificate`, `wrong_password`, `sign_in_needed`, `not_https`, `not_a_registry`. */
  code: z.string(),
  message: z.string(),
  hint: z.string(),
});
export type RegistryTest = z.infer<typeof registryTestSchema>;

export const searchResultSchema = z.object({
  /** What to pull, without a tag. */
  name: z.string(),
  description: z.string(),
  stars: z.int().nonnegative().nullable(),
  pulls: z.number().nonnegative().nullable(),
  official: z.boolean(),
});
export type SearchResult = z.infer<typeof searchResultSchema>;

export const tagSchema = z.object({
  name: z.string(),
  sizeBytes: z.number().nonnegative().nullable(),
  updatedAt: z.string().nullable(),
  architectures: z.array(z.string()),
});
export type RegistryTag = z.infer<typeof tagSchema>;
