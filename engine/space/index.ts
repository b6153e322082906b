export { Space } from "./space.ts";
