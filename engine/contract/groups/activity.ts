import { z } from "zod";
import { base, byId, nothing } from "../base.ts";
import { activitySchema } from "../schemas/activity.ts";
import { changesOf } from "../streams.ts";

export const activity = {
  list: base.output(z.array(activitySchema)),
  watch: base.output(changesOf(activitySchema)),
  cancel: base.input(byId).output(nothing),
  /** Takes a finished activity off the list. */
  dismiss: base.input(byId).output(nothing),
};
