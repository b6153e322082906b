import { z } from "zod";

/** One line of Docker's answer to a pull or push (Engine API, "Create an image", "Push an image"). */
export const pullLineSchema = z.object({
  status: z.string().optional(),
  /** What a load says. */
  stream: z.string().optional(),
  id: z.string().optional(),
  progressDetail: z.object({ current: z.number().optional(), total: z.number().optional() }).nullish(),
  error: z.string().optional(),
  errorDetail: z.object({ message: z.string() }).optional(),
});
export type PullLine = z.infer<typeof pullLineSchema>;

interface Layer {
  status: string;
  moved: number;
  total: number;
  complete: boolean;
}

interface LayerReport {
  id: string;
  detail: string;
  progress: number | null;
}

/** Moving the bytes counts for most of a layer's way, unpacking for the rest. */
const TRANSFER_SHARE = 0.8;

/** Sums up the layers of a pull or push into one figure, one sentence, and a line for each layer. */
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
    const layer = this.#layers.get(id) ?? { status, moved: 0, total: 0, complete: false };
    this.#layers.set(id, layer);
    layer.status = status;
    const total = line.progressDetail?.total ?? 0;
    if (total > 0) layer.total = total;
    if (status === "Downloading" || status === "Pushing") {
      // Docker counts the tar's own padding too, and so a little more than the total.
      layer.moved = Math.min(line.progressDetail?.current ?? layer.moved, layer.total || Infinity);
    }
    if (/^(Download complete|Verifying Checksum|Extracting)$/.test(status)) layer.moved = layer.total;
    if (/^(Pull complete|Already exists|Pushed|Layer already exists|Mounted from .*)$/.test(status)) {
      layer.complete = true;
    }
  }

  /** 0 to 1, null until the layers are known. */
  fraction(): number | null {
    const layers = [...this.#layers.values()];
    if (layers.length === 0) return null;
    // A layer of unknown size weighs as much as a small one.
    const weights = layers.map((layer) => Math.max(layer.total, 1_000_000));
    const done = layers.map((layer, index) => (layerFraction(layer) ?? 0) * (weights[index] ?? 0));
    const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
    return Math.min(1, sum(done) / sum(weights));
  }

  describe(): string {
    if (this.#layers.size === 0) return this.#last;
    const layers = [...this.#layers.values()];
    const complete = layers.filter((layer) => layer.complete).length;
    const total = layers.reduce((sum, layer) => sum + layer.total, 0);
    const moved = layers.reduce((sum, layer) => sum + layer.moved, 0);
    const amount = total === 0 ? "" : `, ${mebibytes(moved)} of ${mebibytes(total)} MiB`;
    return `${complete} of ${layers.length} layers${amount}`;
  }

  /** One line for each layer, in the image's order. */
  parts(): LayerReport[] {
    return [...this.#layers].map(([id, layer]) => {
      const bytes = layer.total === 0 ? "" : `, ${mebibytes(layer.moved)} of ${mebibytes(layer.total)} MiB`;
      return { id, detail: `${layer.status}${layer.complete ? "" : bytes}`, progress: layerFraction(layer) };
    });
  }
}

function layerFraction(layer: Layer): number | null {
  if (layer.complete) return 1;
  return layer.total === 0 ? null : Math.min(1, (layer.moved / layer.total) * TRANSFER_SHARE);
}

function mebibytes(bytes: number): string {
  return (bytes / 1_048_576).toFixed(1);
}
