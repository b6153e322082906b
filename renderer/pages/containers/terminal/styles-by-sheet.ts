/**
 * Does work during which style elements that are made become constructed style sheets. The terminal writes its
 * styles into elements that it makes as it opens, which our content policy forbids; sheets made by a script of our
 * own are allowed. (Its option `documentOverride` does not reach all of them.)
 */
export function withSheetsForStyles(target: Document, work: () => void): void {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- one of its overloads is; all of them pass through here
  const createElement = target.createElement.bind(target);
  const replaced = (tag: string, options?: ElementCreationOptions): HTMLElement =>
    tag === "style" ? sheetElement(target, createElement("span")) : createElement(tag, options);
  Object.defineProperty(target, "createElement", { value: replaced, configurable: true });
  try {
    work();
  } finally {
    // The document's own is the prototype's again.
    Reflect.deleteProperty(target, "createElement");
  }
}

/** An element that shows nothing and whose text is a style sheet of the document until it is removed. */
function sheetElement(target: Document, element: HTMLElement): HTMLElement {
  const sheet = new CSSStyleSheet();
  element.hidden = true;
  target.adoptedStyleSheets.push(sheet);
  Object.defineProperty(element, "textContent", {
    get: () => "",
    set: (text: string) => sheet.replaceSync(text),
  });
  element.remove = () => {
    target.adoptedStyleSheets = target.adoptedStyleSheets.filter((one) => one !== sheet);
    HTMLElement.prototype.remove.call(element);
  };
  return element;
}
