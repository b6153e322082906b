/**
 * What the window remembers by itself: widths, folded navigation, the theme for the first paint.
 * Storage may be unavailable; then nothing is remembered.
 */
export function readPreference(name: string): string | null {
  try {
    return localStorage.getItem(`berth.${name}`);
  } catch {
    return null;
  }
}

export function writePreference(name: string, value: string): void {
  try {
    localStorage.setItem(`berth.${name}`, value);
  } catch {
    // Remembering is a comfort; doing without it loses nothing.
  }
}
