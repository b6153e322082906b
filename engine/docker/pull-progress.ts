import { z } from "zod";

/** One line of Docker's answer to a pull (Engine API, "Create an image"). */
export const pullLineSchema = z.object({
  status: z.string().optional(),
  id: z.string().optional(),
  progressDetail: z.object({ current: z.number().optional(), total: z.number().optional() }).optional(),
  error: z.string().optional(),
  errorDetail: z.object({ message: z.string() }).optional(),
});
export type PullLine = z.infer<typeof pullLineSchema>;

interface Layer {
  downloaded: number;
  total: number;
  complete: boolean;
}

/** Download counts for most of a layer's way, unpacking for the rest. */
const DOWNLOAD_SHARE = 0.8;

/** Sums up the layers of a pull into one figure and one sentence. */
export class PullProgress {
  readonly #layers = new Map<string, Layer>();
  #last = "Asking the registry";

  add(line: PullLine): void {
    const { id, status } = line;
    if (status === undefined) return;
    if (id === undefined || /^Pulling from/.test(status)) {
      if (id === undefined) this.#last = status;
      return;
    }
    const layer = this.#layers.get(id) ?? { downloaded: 0, total: 0, complete: false };
    this.#layers.set(id, layer);
    const total = line.progressDetail?.total ?? 0;
    if (total > 0) layer.total = total;
    if (status === "Downloading") layer.downloaded = line.progressDetail?.current ?? layer.downloaded;
    if (/^(Download complete|Verifying Checksum|Extracting)$/.test(status)) layer.downloaded = layer.total;
    if (/^(Pull complete|Already exists)$/.test(status)) layer.complete = true;
  }

  /** 0 to 1, null until the layers are known. */
  fraction(): number | null {
    const layers = [...this.#layers.values()];
    if (layers.length === 0) return null;
    // A layer of unknown size weighs as much as a small one.
    const weights = layers.map((layer) => Math.max(layer.total, 1_000_000));
    const done = layers.map((layer, index) => {
      if (layer.complete) return weights[index] ?? 0;
      return layer.total === 0
        ? 0
        : (layer.downloaded / layer.total) * DOWNLOAD_SHARE * (weights[index] ?? 0);
    });
    const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
    return Math.min(1, sum(done) / sum(weights));
  }

  describe(): string {
    if (this.#layers.size === 0) return this.#last;
    const layers = [...this.#layers.values()];
    const complete = layers.filter((layer) => layer.complete).length;
    const total = layers.reduce((sum, layer) => sum + layer.total, 0);
    const downloaded = layers.reduce((sum, layer) => sum + layer.downloaded, 0);
    const amount = total === 0 ? "" : `, ${mebibytes(downloaded)} of ${mebibytes(total)} MiB`;
    return `${complete} of ${layers.length} layers${amount}`;
  }
}

function mebibytes(bytes: number): string {
  return (bytes / 1_048_576).toFixed(1);
}
