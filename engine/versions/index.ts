export { Versions } from "./versions.ts";
