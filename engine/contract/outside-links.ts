const documentationHosts: ReadonlySet<string> = new Set(["docs.docker.com", "hub.docker.com", "github.com"]);

/**
 * Whether a link from the page may be opened in the person's browser: published ports of this computer, and
 * the few sites that the window itself links to.
 */
export function mayOpenOutside(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const url = new URL(address);
  if (url.username !== "" || url.password !== "") return false;
  if (url.protocol === "https:" && documentationHosts.has(url.host)) return true;
  return (url.protocol === "http:" || url.protocol === "https:") && isThisComputer(url.hostname);
}

function isThisComputer(hostname: string): boolean {
  return ["localhost", "127.0.0.1", "[::1]"].includes(hostname) || hostname.endsWith(".localhost");
}
