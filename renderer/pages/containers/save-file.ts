/** Lets the person save data as a file: through the browser's, or the desktop's, own download. */
export function saveFile(name: string, data: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(data);
  // A name may come from a container: nothing in it may lead to another folder or hide what it is.
  link.download = name.replace(/[\p{Cc}\p{Cf}/\\:*?"<>|]/gu, "_");
  link.click();
  // The download has its own hold of the data once it began.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
