import path from "node:path";
import { BerthError } from "../../vm.ts";

/**
 * A repository's address that is safe to hand to git: https, http to this very computer, ssh (also
 * `user@host:path`), or an absolute path. Everything else, such as git's helper syntax `ext::`, is refused.
 */
export function checkedAddress(text: string): string {
  const address = text.trim();
  // eslint-disable-next-line no-control-regex -- such an address is refused
  if (address === "" || address.startsWith("-") || /[\u0000-\u0020\u007f]/.test(address))
    throw badAddress(text);
  if (/^(?:[\w.-]+@)?[\w.-]+:(?!\/\/)[^:]/.test(address) && !/^[A-Za-z]:[\\/]/.test(address)) {
    return /^[\w.-]+@/.test(address) && !address.includes("::") ? address : refuse(text);
  }
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(address)) {
    const url = parseUrl(address) ?? refuse(text);
    if (url.username !== "" && url.password !== "") throw passwordInside();
    if (url.hostname.startsWith("-")) throw badAddress(text);
    if (url.protocol === "https:" || url.protocol === "ssh:") return address;
    if (url.protocol === "file:") return address;
    const local = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
    return url.protocol === "http:" && local ? address : refuse(text);
  }
  return path.isAbsolute(address) ? address : refuse(text);
}

function parseUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}

function refuse(text: string): never {
  throw badAddress(text);
}

function badAddress(text: string): BerthError {
  return new BerthError({
    code: "bad_repository_address",
    message: `"${text.slice(0, 200)}" is not an address of a git repository that Berth uses.`,
    hint: "Use https://…, ssh://…, user@host:path, or the full path of a folder.",
  });
}

function passwordInside(): BerthError {
  return new BerthError({
    code: "password_in_address",
    message: "The address holds a password, which would end up in files and logs.",
    hint: "Leave the password out of the address; give the token when you are asked for it.",
  });
}

/** A short name for a repository, made of its address. */
export function nameFromAddress(address: string): string {
  const last =
    address
      .replace(/[/\\]+$/, "")
      .replace(/\.git$/, "")
      .split(/[/\\:]/)
      .at(-1) ?? "";
  const name = last
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 40);
  return name === "" ? "repository" : name;
}
