import type { ProjectFile } from "../../../engine/contract/index.ts";

/** Text that was typed and not saved, kept while the window is open: leaving a tab loses nothing. */
class Drafts {
  private readonly texts = new Map<string, { revision: string; text: string }>();

  /** The unsaved text of a file, unless the file has changed since. */
  get(app: string, file: ProjectFile): string | null {
    const draft = this.texts.get(keyOf(app, file.name));
    return draft?.revision === file.revision ? draft.text : null;
  }

  put(app: string, file: ProjectFile, text: string): void {
    if (text === file.text) this.drop(app, file.name);
    else this.texts.set(keyOf(app, file.name), { revision: file.revision, text });
  }

  drop(app: string, file: string): void {
    this.texts.delete(keyOf(app, file));
  }
}

function keyOf(app: string, file: string): string {
  return `${app}\n${file}`;
}

export const drafts = new Drafts();
