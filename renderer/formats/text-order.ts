/** Text in the order people expect: numbers by their value, capitals among small letters. */
export const byText = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
