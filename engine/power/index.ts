export { PowerEvents } from "./power-events.ts";
