import { z } from "zod";

/** Go writes an empty list or table as null and leaves out what it does not know; for us each is its empty value. */
function orElse<T extends z.ZodType, E>(value: T, empty: E) {
  return value.nullish().transform((given) => given ?? empty);
}

export const text = orElse(z.string(), "");
export const count = orElse(z.number(), 0);
export const flag = orElse(z.boolean(), false);

export function list<T extends z.ZodType>(item: T) {
  return z
    .array(item)
    .nullish()
    .transform((items) => items ?? []);
}

export function table<T extends z.ZodType>(value: T) {
  return z
    .record(z.string(), value)
    .nullish()
    .transform((entries) => entries ?? {});
}

export const texts = list(z.string());
