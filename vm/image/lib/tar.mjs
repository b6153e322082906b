// A writer of ustar archives with nothing in them that varies: no times, no owners.

/**
 * @typedef {object} Entry
 * @property {string} name
 * @property {Buffer} [content] a file
 * @property {string} [link] a symbolic link
 * @property {number} [mode]
 */

/**
 * @param {Entry} entry
 * @returns {Buffer}
 */
function header(entry) {
  const { content, link } = entry;
  const block = Buffer.alloc(512);
  /** @param {number} value @param {number} at @param {number} width */
  const octal = (value, at, width) => block.write(value.toString(8).padStart(width - 1, "0"), at, "latin1");
  if (Buffer.byteLength(entry.name) > 100)
    throw new Error(`The name ${entry.name} is too long for a tar header.`);
  const kind = content ? "0" : link === undefined ? "5" : "2";
  block.write(entry.name, 0);
  octal(entry.mode ?? (kind === "5" ? 0o755 : kind === "2" ? 0o777 : 0o644), 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(content?.length ?? 0, 124, 12);
  octal(0, 136, 12);
  block.write("        ", 148);
  block.write(kind, 156);
  block.write(link ?? "", 157);
  block.write("ustar\0" + "00", 257, "latin1");
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(sum.toString(8).padStart(6, "0") + "\0 ", 148, "latin1");
  return block;
}

/**
 * @param {Entry[]} entries a folder has neither content nor link
 * @returns {Buffer}
 */
export function tar(entries) {
  const blocks = entries.flatMap((entry) => {
    const size = entry.content?.length ?? 0;
    return [header(entry), entry.content ?? Buffer.alloc(0), Buffer.alloc((512 - (size % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}
