import { z } from "zod";

// Imported before any schema is made: the content security policy forbids code made from strings.
z.config({ jitless: true });
