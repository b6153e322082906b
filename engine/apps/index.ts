export { Apps } from "./apps.ts";
