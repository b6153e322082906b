import { z } from "zod";

/** A file or folder of this computer, absolute; `~` stands for the home folder. */
export const hostPathSchema = z
  .string()
  .trim()
  .min(1)
  .max(4096)
  .regex(/^(~|[/\\]|[A-Za-z]:[/\\])/, "Give the whole path, beginning with / or ~.");
