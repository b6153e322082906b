export { Transfer } from "./transfer.ts";
export { copyVolume } from "./volume-data.ts";
