export { copyVolume } from "./volume-data.ts";
