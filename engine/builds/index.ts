export { Builds } from "./builds.ts";
