import { z } from "zod";
import { base, nothing } from "../base.ts";
import {
  registriesSchema,
  registryAddressSchema,
  registryTestSchema,
  searchResultSchema,
  tagSchema,
} from "../schemas/registries.ts";
import { streamOf } from "../streams.ts";

const address = z.object({ address: registryAddressSchema });

export const registries = {
  list: base.output(registriesSchema),
  watch: base.output(streamOf(registriesSchema)),
  /** Checks the password with the registry, then keeps it in the keychain that docker's own client uses. */
  signIn: base
    .input(address.extend({ username: z.string().min(1).max(256), password: z.string().min(1).max(65_536) }))
    .output(nothing),
  signOut: base.input(address).output(nothing),
  /** Asks the Docker engine whether the registry answers, and whether it lets us in. */
  test: base
    .input(address.extend({ username: z.string().optional(), password: z.string().optional() }))
    .output(registryTestSchema),
  /** Searches Docker Hub, or the catalogue of any other registry. */
  search: base
    .input(address.extend({ query: z.string().trim().max(200) }))
    .output(z.object({ results: z.array(searchResultSchema), more: z.boolean() })),
  /** Tags of a repository, newest or alphabetically last first. */
  tags: base
    .input(z.object({ repository: z.string().trim().min(1).max(400) }))
    .output(z.object({ tags: z.array(tagSchema), more: z.boolean() })),
  /** Starts a registry as a container and answers the address to push to. */
  startPrivate: base
    .input(z.object({ port: z.int().min(1).max(65535).default(5000) }))
    .output(z.object({ activity: z.string(), address: z.string() })),
};
