/** A file or folder that a person chose; folders have no content of their own. */
export interface PickedFile {
  /** Relative to where it goes. */
  path: string;
  file: File | null;
}

export function filesOf(list: FileList | null): PickedFile[] {
  return [...(list ?? [])].map((file) => ({
    path: file.webkitRelativePath === "" ? file.name : file.webkitRelativePath,
    file,
  }));
}

/** When a file was changed, as the contract tells moments. */
export function modifiedAt(file: File): string {
  return new Date(file.lastModified).toISOString();
}

/** What was dropped, with everything in dropped folders. */
export async function filesDropped(data: DataTransfer): Promise<PickedFile[]> {
  // The items are gone once the event is over, so all are taken before the first wait.
  const entries = [...data.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  const picked: PickedFile[] = [];
  for (const entry of entries) await collect(entry, "", picked);
  return picked;
}

async function collect(entry: FileSystemEntry, folder: string, picked: PickedFile[]): Promise<void> {
  const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
  if (entry instanceof FileSystemFileEntry) {
    picked.push({ path, file: await new Promise<File>((resolve, reject) => entry.file(resolve, reject)) });
  } else if (entry instanceof FileSystemDirectoryEntry) {
    picked.push({ path, file: null });
    const reader = entry.createReader();
    // Chromium gives a folder's entries a hundred at a time.
    for (;;) {
      const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
        reader.readEntries(resolve, reject),
      );
      if (some.length === 0) return;
      for (const one of some) await collect(one, path, picked);
    }
  }
}
