/** Bytes in binary units ("2.4 GiB"), as memory and disks are sized. */
export function formatBinary(bytes: number): string {
  return scaled(bytes, 1024, ["B", "KiB", "MiB", "GiB", "TiB"]);
}

/** Bytes in decimal units ("187 MB"), as Docker shows images. */
export function formatDecimal(bytes: number): string {
  return scaled(bytes, 1000, ["B", "kB", "MB", "GB", "TB"]);
}

export function formatMiB(mebibytes: number): string {
  return formatBinary(mebibytes * 1024 * 1024);
}

function scaled(bytes: number, base: number, units: readonly string[]): string {
  let value = bytes;
  let unit = 0;
  while (value >= base && unit < units.length - 1) {
    value /= base;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${Number(value.toFixed(digits))} ${units[unit] ?? ""}`;
}

/** A share that is being measured: "0 %", "0.4 %", "12 %". */
export function formatPercent(percent: number): string {
  return `${percent > 0 && percent < 10 ? percent.toFixed(1) : Math.round(percent)} %`;
}

/** A rate in binary units: "1.2 MiB/s". */
export function formatRate(bytesPerSecond: number): string {
  return `${formatBinary(bytesPerSecond)}/s`;
}

/** A duration in the two largest units: "3 d 4 h", "12 min". */
export function formatSpan(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return "under 1 min";
  const hours = Math.floor(minutes / 60);
  if (hours < 1) return `${minutes} min`;
  const days = Math.floor(hours / 24);
  if (days < 1) return twoUnits(hours, "h", minutes % 60, "min");
  return days < 10 ? twoUnits(days, "d", hours % 24, "h") : `${days} d`;
}

function twoUnits(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** A short duration that is being measured: "<0.1 s", "0.8 s", "21.4 s", "2 min 5 s". */
export function formatSeconds(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds > 0 && seconds < 0.05) return "<0.1 s";
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
}

/** Counts of things: "1 container", "5 containers". */
export function count(number: number, singular: string, plural = `${singular}s`): string {
  return `${number} ${number === 1 ? singular : plural}`;
}
