const HEADER_BYTES = 8;

/** A piece of one of the two output streams of a container without a terminal. */
export interface Frame {
  source: "stdout" | "stderr";
  data: Buffer;
  /** The piece that a frame, which is one message of a log, begins with. */
  first: boolean;
  /** The piece that it ends with. */
  last: boolean;
}

/**
 * Takes Docker's multiplexed stream apart (Engine API, "Attach to a container", stream format): frames of
 * an 8 byte header {stream, 0, 0, 0, length} and that many bytes. Pieces come out as they arrive.
 */
export class FrameParser {
  #header = Buffer.alloc(0);
  #source: Frame["source"] = "stdout";
  #left = 0;
  #first = false;

  push(chunk: Buffer): Frame[] {
    const frames: Frame[] = [];
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#left === 0) {
        rest = this.#readHeader(rest);
        continue;
      }
      const data = rest.subarray(0, this.#left);
      this.#left -= data.length;
      frames.push({ source: this.#source, data, first: this.#first, last: this.#left === 0 });
      this.#first = false;
      rest = rest.subarray(data.length);
    }
    return frames;
  }

  #readHeader(chunk: Buffer): Buffer {
    const wanted = HEADER_BYTES - this.#header.length;
    this.#header = Buffer.concat([this.#header, chunk.subarray(0, wanted)]);
    if (this.#header.length === HEADER_BYTES) {
      this.#source = this.#header[0] === 2 ? "stderr" : "stdout";
      this.#left = this.#header.readUInt32BE(4);
      this.#first = true;
      this.#header = Buffer.alloc(0);
    }
    return chunk.subarray(wanted);
  }
}
