const REDACTED = "[redacted]";
const secretKey = /pass(word|phrase)?$|secret|token|authorization|cookie|credential/i;

/** Takes secrets out of a line: credentials in addresses, bearer and basic authorization, one-time tokens. */
export function redactText(text: string): string {
  return text
    .replaceAll(/([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, `$1${REDACTED}@`)
    .replaceAll(/\b(Bearer|Basic)\s+[\w+/=.~-]+/gi, `$1 ${REDACTED}`)
    .replaceAll(/([?&](?:token|key|password)=)[^&\s"]+/gi, `$1${REDACTED}`);
}

/** A copy of structured detail, fit for a log: secrets taken out, errors as their chain of causes. */
export function redactFields(value: unknown, describe: (error: Error) => string): unknown {
  if (typeof value === "string") return redactText(value);
  if (value instanceof Error) return redactText(describe(value));
  if (Array.isArray(value)) return value.map((item) => redactFields(item, describe));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      secretKey.test(key) ? REDACTED : redactFields(item, describe),
    ]),
  );
}
