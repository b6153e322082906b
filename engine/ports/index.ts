export { forkPorts } from "./fork-ports.ts";
export { Ports } from "./ports.ts";
