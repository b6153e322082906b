import { formatHash, parseHash, type Query, type Route } from "./route.ts";

/** The current place, kept in the address so that back, forward and reload work. */
class Router {
  route: Route = $state.raw(parseHash(location.hash));
  /** True once there is a place inside the window to go back to. */
  hasHistory: boolean = $state(false);

  constructor() {
    window.addEventListener("hashchange", () => {
      this.hasHistory = true;
      this.route = parseHash(location.hash);
    });
  }

  get page(): string {
    return this.route.path[0] ?? "home";
  }

  get query(): URLSearchParams {
    return this.route.query;
  }

  go(path: readonly string[], query: Query = {}): void {
    location.hash = formatHash(path, query);
  }

  back(fallback: readonly string[]): void {
    if (this.hasHistory) history.back();
    else this.go(fallback);
  }

  /** Changes parts of the query. Typing replaces the current entry; choices may be kept for "back". */
  setQuery(changes: Query, keep = false): void {
    // eslint-disable-next-line svelte/prefer-svelte-reactivity -- lives for this call only
    const query = new URLSearchParams(this.route.query);
    for (const [name, value] of Object.entries(changes)) {
      if (value == null || value === "") query.delete(name);
      else query.set(name, value);
    }
    const hash = formatHash(this.route.path, query);
    if (hash === location.hash) return;
    if (keep) {
      location.hash = hash;
    } else {
      history.replaceState(null, "", hash);
      this.route = parseHash(hash);
    }
  }
}

export const router = new Router();
