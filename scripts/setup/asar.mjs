/**
 * Packs a few small text files into an asar archive: a pickled JSON header, then the files one after another.
 * @param {Readonly<Record<string, string>>} files path (one level) to content
 * @returns {Buffer}
 */
export function packAsar(files) {
  /** @type {Record<string, { size: number, offset: string }>} */
  const index = {};
  const bodies = [];
  let offset = 0;
  for (const [name, text] of Object.entries(files)) {
    const body = Buffer.from(text, "utf8");
    index[name] = { size: body.length, offset: String(offset) };
    bodies.push(body);
    offset += body.length;
  }
  const json = Buffer.from(JSON.stringify({ files: index }), "utf8");
  const paddedLength = Math.ceil(json.length / 4) * 4;
  const header = Buffer.alloc(16 + paddedLength);
  header.writeUInt32LE(4, 0);
  header.writeUInt32LE(8 + paddedLength, 4);
  header.writeUInt32LE(4 + paddedLength, 8);
  header.writeUInt32LE(json.length, 12);
  json.copy(header, 16);
  return Buffer.concat([header, ...bodies]);
}
