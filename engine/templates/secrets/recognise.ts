/** A part of a text that is a secret. */
export interface SecretPart {
  start: number;
  end: number;
  value: string;
  /** Why it was taken for a secret, in a few words for people. */
  reason: string;
}

/** Words that make a name a secret's when it ends with them, wherever they begin. */
const endings = /(?:password|passwd|passphrase|secret|token|api_?key|credentials?)s?\d*$/i;
/** Shorter words count only as a whole part of the name. */
const parts =
  /(?:^|[_\-.])(?:pass|pwd|pw|salt|psk|auth|(?:secret|private|access|encryption|signing|master|license|shared|session|app|auth|cookie|jwt|hmac|account)[_-]?key)\d*$/i;
const secretPrefixes = /(?:^|_)SECRET_?KEY_?BASE$|_SECRET_VALUE$/i;
/** Names that speak about a secret without being one. */
const notSecret =
  /(?:_FILE|_PATH|_URL|_HOST|_USER(?:NAME)?|_NAME|_ID|_TYPE|_METHOD)$|PUBLIC_?KEY|(?:^|_)(?:ALLOW_EMPTY|NO)_/i;
const notAValue = /^(?:true|false|yes|no|on|off|none|null|0|1)$/i;
const aPath = /^(?:\.{0,2}\/|~\/)[\w./-]*$/;

/** Shapes of keys that some service gave out; they are secrets under any name. */
const shapes: readonly [RegExp, string][] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/, "a private key"],
  [/\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/, "an AWS access key"],
  [/\b(?:ghp|gho|ghu|ghs|ghr)_[A-Za-z0-9]{30,}\b|\bgithub_pat_\w{30,}\b/, "a GitHub token"],
  [/\bglpat-[\w-]{20,}/, "a GitLab token"],
  [/\bxox[abeoprs]-[\w-]{10,}/, "a Slack token"],
  [/\b[sr]k_(?:live|test)_[A-Za-z0-9]{16,}\b/, "a Stripe key"],
  [/\bsk-[A-Za-z0-9_-]{20,}/, "an API key"],
  [/\bAIza[\w-]{35}/, "a Google API key"],
  [/\bSG\.[\w-]{16,}\.[\w-]{16,}/, "a SendGrid key"],
  [/\bey[JK][\w-]{10,}\.ey[\w-]{10,}\.[\w-]{10,}/, "a signed token"],
  [/\bnpm_[A-Za-z0-9]{30,}\b/, "a registry token"],
  [/\bdckr_pat_[\w-]{20,}/, "a Docker token"],
];

/** Whether a variable of this name usually holds a secret. */
export function isSecretName(name: string): boolean {
  // camelCase becomes parts, as in dbPass.
  const spaced = name.replaceAll(/([a-z])([A-Z])/g, "$1_$2");
  if (notSecret.test(spaced)) return false;
  return endings.test(spaced) || parts.test(spaced) || secretPrefixes.test(spaced);
}

/** The secrets in the value of a named variable; offsets are those of the value. */
export function findSecrets(name: string, value: string): SecretPart[] {
  if (value === "" || notAValue.test(value) || aPath.test(value)) return [];
  // A value that is a variable already holds no literal secret.
  if (/^\$\{[^}]*\}$/.test(value)) return [];
  if (isSecretName(name) && !value.includes("${") && !isAddress(value)) {
    return [{ start: 0, end: value.length, value, reason: `the name ${name}` }];
  }
  const found = findSecretsInText(value);
  if (found.length > 0) return found;
  return looksRandom(value) ? [{ start: 0, end: value.length, value, reason: "a random text" }] : [];
}

/** Secrets that show by themselves in any text: known shapes, and passwords in addresses and options. */
export function findSecretsInText(text: string): SecretPart[] {
  const found: SecretPart[] = [];
  for (const [shape, reason] of shapes) {
    for (const match of text.matchAll(new RegExp(shape.source, "g"))) {
      found.push({ start: match.index, end: match.index + match[0].length, value: match[0], reason });
    }
  }
  for (const match of text.matchAll(/\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@"'{}]*:([^\s@/"'{}]+)@/gi)) {
    add(found, match, "the password in an address");
  }
  for (const match of text.matchAll(option)) add(found, match, "the option before it");
  return found
    .filter((part, index) => found.findIndex((other) => overlaps(part, other)) === index)
    .sort((left, right) => left.start - right.start);
}

/** `--password=x`, `--requirepass x`, `-Dapi.token=x`, `PGPASSWORD=x cmd`. */
const option =
  /(?:^|[\s"'])(?:-{1,2}[\w.-]*(?:password|passwd|passphrase|secret|token|api-?key|requirepass|masterauth)[= ]|[A-Z_]*(?:PASSWORD|PASSWD|SECRET|TOKEN)=)["']?([^\s"'$,;]+)/gi;

function add(found: SecretPart[], match: RegExpExecArray, reason: string): void {
  const value = match[1];
  if (value === undefined || notAValue.test(value) || aPath.test(value) || value.startsWith("-")) return;
  const start = match.index + match[0].lastIndexOf(value);
  found.push({ start, end: start + value.length, value, reason });
}

function overlaps(left: SecretPart, right: SecretPart): boolean {
  return left.start < right.end && right.start < left.end;
}

function isAddress(value: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(value);
}

/** Whether a secret is so peculiar that the same text elsewhere is the same secret and no word of a language. */
export function isDistinctive(value: string): boolean {
  if (value.length < 7) return false;
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((kind) => kind.test(value)).length;
  return kinds >= 3 || (kinds === 2 && (/\d/.test(value) || /[^A-Za-z0-9._/-]/.test(value)));
}

/** Long, without words and without order: made by a machine to be guessed by nobody. */
function looksRandom(value: string): boolean {
  if (value.length < 24 || value.length > 512 || !/^[A-Za-z0-9+/=_-]+$/.test(value)) return false;
  if (/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value)) return false;
  const hex = /^[0-9a-f]+$/i.test(value);
  if (hex && value.length < 32) return false;
  if (!/\d/.test(value) || !/[A-Za-z]/.test(value)) return false;
  // Words joined by signs are names, not keys.
  if (value.split(/[-_/=+]/).some((word) => /^[a-z]{4,}$/.test(word) || /^[A-Z]{4,}$/.test(word)))
    return false;
  return entropy(value) >= (hex ? 3.3 : 4);
}

/** Shannon entropy in bits for each character. */
function entropy(value: string): number {
  const counts = new Map<string, number>();
  for (const character of value) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / value.length) * Math.log2(count / value.length);
  return bits;
}
