/**
 * A document whose style elements are constructed style sheets. The terminal writes its styles into elements
 * that it makes, which our content policy forbids; sheets made by a script of our own are allowed.
 */
export function documentWithSheets(real: Document): Document {
  return new Proxy(real, {
    get(target, name) {
      if (name === "createElement") {
        return (tag: string, options?: ElementCreationOptions) =>
          tag === "style" ? sheetElement(target) : target.createElement(tag, options);
      }
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

/** An element that shows nothing and whose text is a style sheet of the document until it is removed. */
function sheetElement(target: Document): HTMLElement {
  const element = target.createElement("span");
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
