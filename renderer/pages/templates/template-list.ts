import type { TemplateSummary } from "../../../engine/contract/index.ts";

/** Filters that are no category. */
export const SHELVES = ["all", "popular", "own"] as const;
export type Shelf = (typeof SHELVES)[number];

/** What is shown of the templates: a shelf, or a category by its name. */
export interface Filter {
  shelf: Shelf;
  category: string | null;
}

export function viewOf(templates: readonly TemplateSummary[], filter: Filter): readonly TemplateSummary[] {
  const { shelf, category } = filter;
  if (category !== null) return templates.filter((template) => template.categories.includes(category));
  if (shelf === "popular") return templates.filter(({ runs, recommended }) => runs > 0 || recommended);
  return shelf === "own" ? templates.filter(({ origin }) => origin.kind === "own") : templates;
}

/** Templates in rows of as many as stand beside each other. */
export function shelvesOf<T>(items: readonly T[], columns: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / columns) }, (_, row) =>
    items.slice(row * columns, (row + 1) * columns),
  );
}

/** What stands for a template without an icon: the beginnings of its first words. */
export function initialsOf(title: string): string {
  const words = title.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== "");
  const [first = "?", second] = words;
  const letters = second === undefined ? [first.slice(0, 2)] : [first.at(0), second.at(0)];
  return letters.join("").toUpperCase();
}

/** One of as many tints as there are, always the same for the same id. */
export function tintOf(id: string, tints: number): number {
  let sum = 0;
  for (const letter of id) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 9973;
  return sum % tints;
}

/** Where a template comes from, in a few words. */
export function originOf({ origin }: TemplateSummary): string {
  if (origin.kind === "own") return "Yours";
  return origin.kind === "built-in" ? "Built in" : origin.repository;
}
