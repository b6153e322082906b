/** What the guest says on its line channel, one message a line (docs/vm.md, "Control channel"). */
export type GuestLine =
  | { kind: "hello"; version: number }
  | { kind: "phase"; uptimeSeconds: number; name: string }
  | { kind: "problem"; id: string; text: string }
  | { kind: "note"; id: string; text: string }
  | { kind: "down"; unit: string; exit: string }
  | { kind: "up"; unit: string }
  | { kind: "bye" }
  | { kind: "resumed" }
  | { kind: "reply"; text: string };

const identifier = "[a-z0-9][a-z0-9._-]{0,63}";
const patterns = {
  hello: /^hello (\d{1,4})$/,
  phase: new RegExp(`^phase (\\d{1,9}(?:\\.\\d{1,9})?) (${identifier})$`),
  told: new RegExp(`^(problem|note) (${identifier}) (.+)$`),
  down: new RegExp(`^down (${identifier}) (\\S{1,32})$`),
  up: new RegExp(`^up (${identifier})$`),
  reply: /^(ok|pong|error)( .*)?$/,
};

/** Reads one line; null for anything else. Text of the guest is cut to printable ASCII and 500 characters. */
export function parseGuestLine(raw: string): GuestLine | null {
  const line = raw.replace(/[^\x20-\x7e]/g, "").trim();
  if (line === "bye") return { kind: "bye" };
  if (line === "resumed") return { kind: "resumed" };
  const hello = patterns.hello.exec(line);
  if (hello?.[1]) return { kind: "hello", version: Number(hello[1]) };
  const phase = patterns.phase.exec(line);
  if (phase?.[1] && phase[2]) return { kind: "phase", uptimeSeconds: Number(phase[1]), name: phase[2] };
  const told = patterns.told.exec(line);
  if (told?.[2] && told[3]) {
    return { kind: told[1] === "problem" ? "problem" : "note", id: told[2], text: told[3].slice(0, 500) };
  }
  const down = patterns.down.exec(line);
  if (down?.[1] && down[2]) return { kind: "down", unit: down[1], exit: down[2] };
  const up = patterns.up.exec(line);
  if (up?.[1]) return { kind: "up", unit: up[1] };
  if (patterns.reply.test(line)) return { kind: "reply", text: line };
  return null;
}
