import MiniSearch from "minisearch";
import type { TemplateSummary } from "../../contract/index.ts";

interface Entry {
  id: string;
  title: string;
  name: string;
  keywords: string;
  categories: string;
  tagline: string;
  services: string;
  images: string;
}

const fields = ["title", "name", "keywords", "categories", "tagline", "services", "images"] as const;
/** Words shorter than this are taken as they are typed; a mistake in them would change too much. */
const FUZZY_FROM = 4;

/** Finds templates by words: ranked, typo-tolerant, while one types. */
export class TemplateIndex {
  readonly #index = new MiniSearch<Entry>({
    fields: [...fields],
    idField: "id",
    searchOptions: {
      boost: { title: 6, name: 5, keywords: 3, categories: 2, tagline: 1.5, services: 1, images: 1 },
      prefix: true,
      fuzzy: (term) => (term.length >= FUZZY_FROM ? 0.25 : false),
      maxFuzzy: 2,
      weights: { fuzzy: 0.3, prefix: 0.7 },
    },
  });
  readonly #summaries = new Map<string, TemplateSummary>();

  constructor(summaries: readonly TemplateSummary[]) {
    for (const summary of summaries) this.#summaries.set(summary.id, summary);
    this.#index.addAll([...this.#summaries.values()].map(entryOf));
  }

  get size(): number {
    return this.#summaries.size;
  }

  /** The best templates for what was typed; without words, the popular ones. */
  search(words: string, limit: number): TemplateSummary[] {
    const typed = words.trim();
    if (typed === "") return byPopularity([...this.#summaries.values()]).slice(0, limit);
    const boostDocument = (id: unknown) => popularity(this.#summaries.get(String(id)));
    // All words first; where nothing has all of them, what has some.
    const all = this.#index.search(typed, { combineWith: "AND", boostDocument });
    const found = all.length > 0 ? all : this.#index.search(typed, { combineWith: "OR", boostDocument });
    return found.slice(0, limit).flatMap((hit) => this.#summaries.get(String(hit.id)) ?? []);
  }
}

/** Most used first, then recommended ones, then by title. */
export function byPopularity(summaries: TemplateSummary[]): TemplateSummary[] {
  return summaries.sort(
    (left, right) =>
      right.runs - left.runs ||
      Number(right.recommended) - Number(left.recommended) ||
      left.title.localeCompare(right.title, "en"),
  );
}

/** How much a template's use here and its curated mark count when texts fit alike. */
function popularity(summary: TemplateSummary | undefined): number {
  if (summary === undefined) return 1;
  return (1 + Math.min(0.5, Math.log2(1 + summary.runs) / 10)) * (summary.recommended ? 1.15 : 1);
}

function entryOf(summary: TemplateSummary): Entry {
  return {
    id: summary.id,
    title: summary.title,
    name: summary.id,
    keywords: summary.keywords.join(" "),
    categories: summary.categories.join(" "),
    tagline: summary.tagline,
    services: summary.services.join(" "),
    images: summary.images.join(" "),
  };
}
