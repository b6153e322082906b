/**
 * Compares two semantic versions by precedence (semver.org, section 11): negative when `a` is older.
 * Build metadata plays no part.
 */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [parse(a), parse(b)];
  for (let index = 0; index < 3; index += 1) {
    const difference = (left.numbers[index] ?? 0) - (right.numbers[index] ?? 0);
    if (difference !== 0) return difference;
  }
  if (left.prerelease === "" || right.prerelease === "") {
    return Number(left.prerelease === "") - Number(right.prerelease === "");
  }
  return comparePrereleases(left.prerelease.split("."), right.prerelease.split("."));
}

function parse(version: string): { numbers: number[]; prerelease: string } {
  const [core = "", ...rest] = (version.split("+")[0] ?? "").split("-");
  return { numbers: core.split(".").map(Number), prerelease: rest.join("-") };
}

function comparePrereleases(left: string[], right: string[]): number {
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const [a, b] = [left[index], right[index]];
    if (a === undefined) return -1;
    if (b === undefined) return 1;
    if (a !== b) return compareIdentifiers(a, b);
  }
  return 0;
}

/** Numbers by value, words by character code, and numbers before words. */
function compareIdentifiers(a: string, b: string): number {
  const [aNumeric, bNumeric] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (aNumeric && bNumeric) return Number(a) - Number(b);
  if (aNumeric !== bNumeric) return aNumeric ? -1 : 1;
  return a < b ? -1 : 1;
}
