export { Activities } from "./activities.ts";
