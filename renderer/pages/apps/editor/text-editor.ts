import { autocompletion, type CompletionSource } from "@codemirror/autocomplete";
import { yaml } from "@codemirror/lang-yaml";
import { type Diagnostic, lintGutter, setDiagnostics } from "@codemirror/lint";
import { MergeView } from "@codemirror/merge";
import { EditorState, type Extension } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { basicSetup } from "codemirror";
import { completeCompose } from "./completion.ts";
import { editorLook } from "./look.ts";
import type { TextProblem } from "./problems.ts";

export interface TextEditor {
  text(): string;
  setText(text: string): void;
  show(problems: readonly TextProblem[]): void;
  goTo(offset: number): void;
  destroy(): void;
}

export interface TextEditorOptions {
  /** Inside of it, in a shadow tree: only there can styles be made without breaking the page's content policy. */
  host: HTMLElement;
  text: string;
  label: string;
  kind: "compose" | "plain";
  onchange: (text: string) => void;
  onsave: () => void;
}

/** An editor for the files of a project. */
export function openTextEditor(options: TextEditorOptions): TextEditor {
  const root = shadowOf(options.host);
  const compose: CompletionSource[] = options.kind === "compose" ? [completeCompose] : [];
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: options.text,
      extensions: [
        keymap.of([{ key: "Mod-s", run: () => (options.onsave(), true) }]),
        basicSetup,
        ...(options.kind === "compose" ? [yaml(), autocompletion({ override: compose }), lintGutter()] : []),
        editorLook,
        EditorView.contentAttributes.of({ "aria-label": options.label }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) options.onchange(update.state.doc.toString());
        }),
      ],
    }),
  });
  return {
    text: () => view.state.doc.toString(),
    setText(text) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
    },
    show(problems) {
      const end = view.state.doc.length;
      const diagnostics = problems.map((problem): Diagnostic => {
        const from = Math.min(problem.from, end);
        return { ...problem, from, to: Math.min(Math.max(problem.to, from), end) };
      });
      view.dispatch(setDiagnostics(view.state, diagnostics));
    },
    goTo(offset) {
      const anchor = Math.min(offset, view.state.doc.length);
      view.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: "center" }) });
      view.focus();
    },
    destroy: () => view.destroy(),
  };
}

/** Two texts side by side with what differs marked; answers how to take it away. */
export function openDiff(host: HTMLElement, before: string, after: string): () => void {
  const root = shadowOf(host);
  const fixed: Extension[] = [
    basicSetup,
    yaml(),
    editorLook,
    EditorState.readOnly.of(true),
    EditorView.editable.of(false),
    EditorView.lineWrapping,
  ];
  const named = (label: string) => EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" });
  const view = new MergeView({
    root,
    parent: root,
    a: { doc: before, extensions: [...fixed, named("As it is")] },
    b: { doc: after, extensions: [...fixed, named("As it will be")] },
    collapseUnchanged: { margin: 3, minSize: 6 },
    gutter: true,
  });
  return () => view.destroy();
}

function shadowOf(host: HTMLElement): ShadowRoot {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  root.replaceChildren();
  return root;
}
