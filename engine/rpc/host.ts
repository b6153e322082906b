import { completePath } from "../host/index.ts";
import { os } from "./base.ts";

export const host = {
  complete: os.host.complete.handler(({ input }) => completePath(input.typed, input.foldersOnly)),
};
