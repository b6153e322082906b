/** What a request to Docker's API means for idling. */
export type RequestKind =
  /** Asks whether Docker lives; programs do that all day. */
  | { kind: "probe" }
  /** Only listens: events, logs and figures as they come. */
  | { kind: "watch" }
  /** Must not be interrupted; `what` says it in words. */
  | { kind: "work"; what: string };

const probe = new Set(["/_ping", "/version"]);

const words: readonly (readonly [method: string, path: RegExp, what: string])[] = [
  ["POST", /^\/(build|session|grpc)$/, "a build runs"],
  ["POST", /^\/images\/create$/, "an image is being pulled"],
  ["POST", /^\/images\/.+\/push$/, "an image is being pushed"],
  ["POST", /^\/images\/load$/, "an image is being loaded"],
  ["GET", /^\/images\/(.+\/)?get$/, "an image is being saved"],
  ["POST", /^\/containers\/[^/]+\/attach$/, "somebody is attached to a container"],
  ["GET", /^\/containers\/[^/]+\/attach\/ws$/, "somebody is attached to a container"],
  ["POST", /^\/exec\/[^/]+\/start$/, "a command runs in a container"],
  ["GET", /^\/containers\/[^/]+\/(archive|export)$/, "files are being copied"],
  ["PUT", /^\/containers\/[^/]+\/archive$/, "files are being copied"],
];

/** Reads a request's method and target (Docker Engine API, any version). */
export function requestKind(method: string, target: string): RequestKind {
  const [whole = "", query = ""] = target.split("?", 2);
  const path = whole.replace(/^\/v\d+(\.\d+)?(?=\/)/, "");
  if (probe.has(path)) return { kind: "probe" };
  if (onlyListens(method, path, new URLSearchParams(query))) return { kind: "watch" };
  const found = words.find(([verb, pattern]) => verb === method && pattern.test(path));
  return { kind: "work", what: found?.[2] ?? "a Docker request is under way" };
}

function onlyListens(method: string, path: string, query: URLSearchParams): boolean {
  if (method === "POST") return /^\/containers\/[^/]+\/wait$/.test(path);
  if (method !== "GET") return false;
  if (path === "/events") return true;
  if (/^\/(containers|services|tasks)\/[^/]+\/logs$/.test(path)) return isTrue(query.get("follow") ?? "0");
  if (/^\/containers\/[^/]+\/stats$/.test(path)) return isTrue(query.get("stream") ?? "1");
  return false;
}

/** As Docker reads a boolean of a query. */
function isTrue(value: string): boolean {
  return !["", "0", "no", "false", "none"].includes(value.trim().toLowerCase());
}
