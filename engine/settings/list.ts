/** The parts of a setting that is a list: separated by commas, so that the command line can write it too. */
export function listSetting(value: string): string[] {
  return value
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}
