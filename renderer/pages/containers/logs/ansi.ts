/**
 * Colours and styles of terminal text (ECMA-48, "Select graphic rendition"), as data: nothing of a log ever
 * becomes markup, and every other sequence a terminal would obey is dropped.
 */
export interface TextStyle {
  /** 0 to 15: the terminal's own colours; a text: any other, as CSS writes it. */
  color: number | string | null;
  background: number | string | null;
  bold: boolean;
  dim: boolean;
  italic: boolean;
  underline: boolean;
  inverse: boolean;
}

/** A style holds from `start` on, in characters, until the next one. */
export interface StyleRun {
  start: number;
  style: TextStyle;
}

export interface StyledText {
  text: string;
  /** Null where nothing is styled. */
  runs: readonly StyleRun[] | null;
}

const PLAIN: TextStyle = {
  color: null,
  background: null,
  bold: false,
  dim: false,
  italic: false,
  underline: false,
  inverse: false,
};

/* Control sequences: CSI, strings (OSC, DCS, SOS, PM, APC) up to their end, other escapes, single controls. */
/* eslint-disable no-control-regex */
const SEQUENCES =
  /(?:\u001b\[|\u009b)([0-?]*)[ -/]*([@-~])|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b[PX^_][^\u001b]*(?:\u001b\\)?|\u001b[ -/]*[0-~]?|[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
const ANY_CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;
/* eslint-enable no-control-regex */
/** Marks that reorder text and could disguise what a line says. */
const REORDERING = /[\u202a-\u202e\u2066-\u2069]/g;

/** Reads the lines of one stream: a style holds until it is changed, also in the lines that follow. */
export class AnsiReader {
  private style: TextStyle = PLAIN;

  read(line: string): StyledText {
    if (!ANY_CONTROL.test(line)) {
      return { text: line, runs: this.style === PLAIN ? null : [{ start: 0, style: this.style }] };
    }
    let text = "";
    let last = 0;
    let runs: StyleRun[] = this.style === PLAIN ? [] : [{ start: 0, style: this.style }];
    for (const match of line.matchAll(SEQUENCES)) {
      text += line.slice(last, match.index);
      last = match.index + match[0].length;
      if (match[2] === "m") {
        this.style = restyled(this.style, match[1] ?? "");
        runs = [...runs.filter((run) => run.start < text.length), { start: text.length, style: this.style }];
      } else if (match[0] === "\r" && /[^\r]/.test(line.slice(last))) {
        // What follows overwrites the line.
        text = "";
        runs = this.style === PLAIN ? [] : [{ start: 0, style: this.style }];
      }
    }
    text = (text + line.slice(last)).replace(REORDERING, "\ufffd");
    return { text, runs: runs.some((run) => run.style !== PLAIN) ? runs : null };
  }
}

function restyled(before: TextStyle, parameters: string): TextStyle {
  const codes = parameters.split(/[;:]/).map(Number);
  let style = before;
  for (let index = 0; index < codes.length; index += 1) {
    const code = codes[index] ?? 0;
    if (code === 38 || code === 48) {
      const { color, used } = extendedColor(codes.slice(index + 1));
      if (color !== null) style = { ...style, [code === 38 ? "color" : "background"]: color };
      index += used;
    } else {
      style = code === 0 ? PLAIN : { ...style, ...change(code) };
    }
  }
  return style;
}

function change(code: number): Partial<TextStyle> {
  if (code >= 30 && code <= 37) return { color: code - 30 };
  if (code >= 90 && code <= 97) return { color: code - 82 };
  if (code >= 40 && code <= 47) return { background: code - 40 };
  if (code >= 100 && code <= 107) return { background: code - 92 };
  const simple: Record<number, Partial<TextStyle>> = {
    1: { bold: true },
    2: { dim: true },
    3: { italic: true },
    4: { underline: true },
    7: { inverse: true },
    22: { bold: false, dim: false },
    23: { italic: false },
    24: { underline: false },
    27: { inverse: false },
    39: { color: null },
    49: { background: null },
  };
  return simple[code] ?? {};
}

/** `5;n` of 256 colours, or `2;r;g;b`. */
function extendedColor(codes: readonly number[]): { color: number | string | null; used: number } {
  const [kind, a = 0, b = 0, c = 0] = codes;
  if (kind === 5) return { color: indexedColor(a), used: 2 };
  if (kind === 2) return { color: rgb(a, b, c), used: 4 };
  return { color: null, used: 0 };
}

function indexedColor(index: number): number | string | null {
  if (!(index >= 0 && index <= 255)) return null;
  if (index < 16) return index;
  if (index >= 232) {
    const grey = 8 + (index - 232) * 10;
    return rgb(grey, grey, grey);
  }
  const level = (step: number): number => (step === 0 ? 0 : 55 + step * 40);
  const cube = index - 16;
  return rgb(level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6));
}

function rgb(red: number, green: number, blue: number): string | null {
  const valid = [red, green, blue].every((part) => Number.isInteger(part) && part >= 0 && part <= 255);
  return valid ? `rgb(${red} ${green} ${blue})` : null;
}
