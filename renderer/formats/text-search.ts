/** The words of a search, for `holdsAll`. */
export function wordsOf(search: string): string[] {
  return search
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
}

/** Whether a text holds every word, in any order and case. The text is put together only where there are words. */
export function holdsAll(words: readonly string[], text: () => string): boolean {
  if (words.length === 0) return true;
  const folded = text().toLowerCase();
  return words.every((word) => folded.includes(word));
}
