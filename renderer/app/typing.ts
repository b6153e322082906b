/** Whether a key belongs to a field that takes text, so that it is no shortcut. Editors live in shadow trees. */
export function isTyping(event: Event): boolean {
  return event
    .composedPath()
    .some(
      (target) =>
        target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable='true']"),
    );
}
