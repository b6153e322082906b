import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import type { Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--accent-text)" },
  { tag: [tags.string, tags.content], color: "var(--text)" },
  { tag: [tags.comment], color: "var(--text-3)", fontStyle: "italic" },
  {
    tag: [tags.number, tags.bool, tags.null, tags.keyword, tags.labelName, tags.typeName],
    color: "var(--blue)",
  },
  { tag: [tags.punctuation, tags.separator, tags.meta], color: "var(--text-2)" },
]);

const frame = EditorView.theme({
  "&": { height: "100%", backgroundColor: "var(--field)", color: "var(--text)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--font-mono)", fontSize: "12px", lineHeight: "1.55" },
  ".cm-content": { caretColor: "var(--text)", padding: "8px 0" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground, ::selection":
    { backgroundColor: "var(--selection)" },
  ".cm-gutters": { backgroundColor: "var(--field)", color: "var(--text-3)", border: "none" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--hover)" },
  ".cm-foldPlaceholder": { backgroundColor: "var(--raised)", border: "none", color: "var(--text-2)" },
  ".cm-matchingBracket": { backgroundColor: "var(--selection)", outline: "none" },
  ".cm-tooltip": {
    backgroundColor: "var(--overlay)",
    border: "1px solid var(--line-strong)",
    borderRadius: "6px",
    color: "var(--text)",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--font-mono)", fontSize: "12px" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "2px 8px" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": {
    backgroundColor: "var(--selection)",
    color: "var(--text)",
  },
  ".cm-completionInfo": { padding: "6px 8px", maxWidth: "280px", fontFamily: "var(--font-ui)" },
  ".cm-completionIcon": { display: "none" },
  ".cm-diagnostic": { padding: "4px 8px", fontFamily: "var(--font-ui)", fontSize: "12px" },
  ".cm-diagnostic-error": { borderLeft: "3px solid var(--red)" },
  ".cm-diagnostic-warning": { borderLeft: "3px solid var(--amber)" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--red)" },
  ".cm-lintRange-warning": { backgroundImage: "none", textDecoration: "underline wavy var(--amber)" },
  ".cm-panels": { backgroundColor: "var(--surface)", color: "var(--text)", borderColor: "var(--line)" },
  ".cm-button": {
    backgroundImage: "none",
    backgroundColor: "var(--raised)",
    border: "none",
    color: "var(--text)",
  },
  ".cm-textfield": {
    backgroundColor: "var(--field)",
    border: "1px solid var(--line-strong)",
    color: "var(--text)",
  },
  ".cm-changedLine": { backgroundColor: "var(--hover) !important" },
  "&.cm-merge-a .cm-changedText, .cm-deletedChunk .cm-deletedText": { background: "var(--red-wash)" },
  "&.cm-merge-b .cm-changedText": { background: "var(--selection)" },
  ".cm-collapsedLines": { background: "var(--raised)", color: "var(--text-2)" },
});

/** The window's own look for editors: all colours are the page's, so that they follow its theme. */
export const editorLook: Extension = [frame, syntaxHighlighting(colours)];
