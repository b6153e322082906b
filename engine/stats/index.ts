export { ContainerStats } from "./container-stats.ts";
