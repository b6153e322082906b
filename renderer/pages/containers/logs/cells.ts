/* Scripts whose characters take two columns, and what takes none: combining marks, joiners, variations. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/gu;
const NONE = /\p{Mn}|\p{Me}|\p{Cf}/gu;
/** Half of a character that takes two places in a text. */
const SECOND_HALF = /[\udc00-\udfff]/g;
const SIMPLE = /^[\u0020-\u02ff]*$/;
const TAB_CELLS = 8;

/** Columns that a text takes in a terminal, near enough to know how many rows it fills. */
export function cellsOf(text: string): number {
  if (SIMPLE.test(text)) return text.length;
  let cells = 0;
  for (const [index, part] of text.split("\t").entries()) {
    if (index > 0) cells = (Math.floor(cells / TAB_CELLS) + 1) * TAB_CELLS;
    cells += part.length;
    if (!SIMPLE.test(part)) cells += count(part, WIDE) - count(part, NONE) - count(part, SECOND_HALF);
  }
  return cells;
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}
