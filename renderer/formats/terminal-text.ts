/* Control sequences of terminals: CSI, OSC (ended by BEL or ST), other two-character escapes. */
/* eslint-disable no-control-regex */
const SEQUENCES =
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[PX^_][^\u001b]*(?:\u001b\\)?|[ -/]*[0-~])|\u009b[0-?]*[ -/]*[@-~]/g;
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
/* eslint-enable no-control-regex */
/** Marks that reorder text and could disguise what a line says. */
const REORDERING = /[\u202a-\u202e\u2066-\u2069]/g;

/** The readable text of a line that was written for a terminal; nothing in it can act on the page. */
export function plainText(line: string): string {
  const shown = line.replace(SEQUENCES, "").replace(/\r+$/, "");
  const overwritten = shown.slice(shown.lastIndexOf("\r") + 1);
  return overwritten.replace(CONTROLS, "").replace(REORDERING, "\ufffd");
}
