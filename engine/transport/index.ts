export { LocalServer } from "./local-server.ts";
export { Peers } from "./peers.ts";
