export { Networks } from "./networks.ts";
